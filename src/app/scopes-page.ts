import type { OpenAPIObject } from '@nestjs/swagger';
import { API_PREFIX } from '#platform/http/api-prefix.js';
import { allScopes } from '#ports/caller.js';

interface Operation {
  readonly summary: string;
  readonly 'x-required-scope'?: string;
}

/** docs/scopes.md: what each scope opens, from the OpenAPI document. */
export function scopesPage(document: OpenAPIObject): string {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({
      route: `\`${method.toUpperCase()} ${path.replace(`/${API_PREFIX}`, '')}\``,
      ...operation,
    })),
  );
  const sections = allScopes.map((scope) => {
    const opened = operations.filter((operation) => operation['x-required-scope'] === scope);
    const lines = opened.map(({ route, summary }) => `- ${route}: ${summary}`);
    return `## \`${scope}\`\n\n${lines.length > 0 ? lines.join('\n') : 'No operation needs it alone.'}\n`;
  });
  return `# Scopes

What an API key may do is the sum of its scopes. Staff have all of them, customers those that concern their own orders, payments and
balances. Written by \`npm run openapi\`.

${sections.join('\n')}`;
}
