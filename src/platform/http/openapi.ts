import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

const problemSchema = {
  type: 'object',
  description: 'RFC 9457 problem details',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'requestId'],
  properties: {
    type: { type: 'string', examples: ['/problems/insufficient-stock'] },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    code: { type: 'string' },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: {
          pointer: { type: 'string', examples: ['#/items/0/quantity'] },
          parameter: { type: 'string', description: 'The query parameter', examples: ['limit'] },
          detail: { type: 'string' },
        },
        additionalProperties: true,
      },
    },
  },
  additionalProperties: true,
};

interface OperationObject {
  security?: object[];
  description?: string;
  'x-required-scope'?: string;
}

/** What the document says about the program as a whole. */
export interface ApiDescription {
  readonly title: string;
  readonly description: string;
  readonly version: string;
  /** Further members of the document (OpenAPI 3.1, 4.8.1). */
  readonly members: Readonly<Record<string, object>>;
}

/** The OpenAPI 3.1 document of the running application. */
export function openApiDocument(
  app: INestApplication,
  { title, description, version, members }: ApiDescription,
): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(title)
    .setDescription(description)
    .setVersion(version)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An access token or an API key' }, 'bearer')
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'An API key' }, 'apiKey')
    .build();
  const document = SwaggerModule.createDocument(app, config);
  document.components ??= {};
  document.components.schemas = { ...document.components.schemas, Problem: problemSchema as never };
  Object.assign(document, members);
  const items = [document.paths, ...Object.values(members)].flatMap((one) => Object.values(one) as object[]);
  for (const item of items)
    for (const operation of Object.values(item as Record<string, OperationObject>)) complete(operation);
  return document;
}

/** Says which operations need no credentials, and what scope the others need. */
function complete(operation: OperationObject): void {
  operation.security ??= [];
  const { 'x-required-scope': scope, description = '' } = operation;
  if (scope === undefined) return;
  const needed = scope === 'self' ? 'Requires a login, not an API key.' : `Requires the scope \`${scope}\`.`;
  operation.description = [description, needed].filter(Boolean).join(' ');
}

/**
 * Swagger UI at /docs and the document at /docs-json. Authorization is remembered across reloads.
 * @param document called for the first request: making it takes a tenth of the time that the server takes to start
 */
export function serveDocs(app: INestApplication, document: () => OpenAPIObject, ui: boolean): void {
  SwaggerModule.setup('docs', app, document, {
    ui,
    raw: ['json'],
    jsonDocumentUrl: 'docs-json',
    customSiteTitle: 'Quittance API',
    swaggerOptions: {
      persistAuthorization: true,
      displayRequestDuration: true,
      tryItOutEnabled: true,
      docExpansion: 'list',
    },
  });
}
