/** The name of a member as a part of a JSON pointer (RFC 6901, section 3). */
export function pointerPart(member: string): string {
  return member.replaceAll('~', '~0').replaceAll('/', '~1');
}
