import { ValidateBy } from 'class-validator';

/** Names of headers (RFC 9110, 5.1) that are ours, or the connection's. */
const reserved =
  /^(?:webhook-.*|host|content-.*|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|traceparent|tracestate)$/i;
const MAX_HEADERS = 5;

export function AreHeaders(): PropertyDecorator {
  return ValidateBy({
    name: 'areHeaders',
    validator: {
      validate: (value: unknown) =>
        value !== null &&
        typeof value === 'object' &&
        !Array.isArray(value) &&
        Object.keys(value).length <= MAX_HEADERS &&
        Object.entries(value).every(
          ([name, text]) =>
            /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/.test(name) &&
            !reserved.test(name) &&
            typeof text === 'string' &&
            /^[\x21-\x7e](?:[\x20-\x7e]{0,2047}[\x21-\x7e])?$/.test(text),
        ),
      defaultMessage: () =>
        `$property must be up to ${MAX_HEADERS} headers with visible ASCII values; headers of the message and the connection are reserved`,
    },
  });
}

/** In lower case, as HTTP compares them. */
export function headersOf(given: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
}

export const aboutHeaders = {
  type: 'object' as const,
  additionalProperties: { type: 'string' },
  maxProperties: MAX_HEADERS,
  description: 'Sent with every message, such as Authorization. Values are never shown again',
  example: { authorization: 'Bearer a token of the receiver' },
};
