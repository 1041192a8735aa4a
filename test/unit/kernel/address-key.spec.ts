import { describe, expect, it } from '@jest/globals';
import { addressKey, isLoopbackAddress } from '#kernel/address-key.js';

describe('the address that limits are counted by', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:4711', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:203.0.113.7', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['[::ffff:203.0.113.7]:4711', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::9]:443', '2001:db8:1:2::/64'],
    ['2001:db8::', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['not an address', 'not an address'],
  ])('of %s is %s', (ip, key) => expect(addressKey(ip)).toBe(key));

  it('says which are of this machine', () => {
    expect(['127.0.0.1', '::1', '::ffff:127.0.0.1'].map((ip) => isLoopbackAddress(addressKey(ip)))).toEqual([
      true,
      true,
      true,
    ]);
    expect(['10.0.0.1', '2001:db8::1'].map((ip) => isLoopbackAddress(addressKey(ip)))).toEqual([false, false]);
  });
});
