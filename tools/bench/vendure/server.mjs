// A Vendure shop with its defaults, and with nothing beside what a paid order needs. The bench copies this file into the folder
// where Vendure is installed and runs it there. It announces its address as Quittance does, when products can be ordered.
import { randomUUID } from 'node:crypto';

// Vendure is no package of this repository, so its name is none that must resolve here.
const VENDURE = '@vendure/core';
const {
  bootstrap,
  DefaultLogger,
  dummyPaymentHandler,
  FastImporterService,
  JobQueueService,
  LanguageCode,
  LogLevel,
  Populator,
  TaxCategory,
  TransactionalConnection,
} = await import(VENDURE);

const { DATABASE_URL, VARIANTS } = process.env;
const STOCK = 1_000_000_000;
const PRICE = 100;

const config = {
  apiOptions: { port: 0, hostname: '127.0.0.1', cors: false, shopApiPath: 'api/v1/shop' },
  authOptions: { tokenMethod: 'bearer', superadminCredentials: { identifier: 'bench', password: randomUUID() } },
  dbConnectionOptions: { type: 'postgres', url: DATABASE_URL, synchronize: true, logging: false },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  logger: new DefaultLogger({ level: LogLevel.Warn }),
};

const initialData = {
  defaultLanguage: LanguageCode.en,
  defaultZone: 'Bench',
  countries: [{ name: 'United States of America', code: 'US', zone: 'Bench' }],
  taxRates: [{ name: 'Standard Tax', percentage: 20 }],
  shippingMethods: [{ name: 'Standard Shipping', price: 500 }],
  paymentMethods: [
    {
      name: 'Card',
      handler: { code: dummyPaymentHandler.code, arguments: [{ name: 'automaticSettle', value: 'true' }] },
    },
  ],
  collections: [],
};

const inEnglish = (n) => [
  { languageCode: LanguageCode.en, name: `bench-${n}`, slug: `bench-${n}`, description: 'words about it '.repeat(100) },
];

const app = await bootstrap(config);
await app.get(JobQueueService).start();
const connection = app.get(TransactionalConnection).rawConnection;

await app.get(Populator).populateInitialData(initialData);
const [taxCategory] = await connection.getRepository(TaxCategory).find();
const importer = app.get(FastImporterService);
await importer.initialize();
for (let n = 1; n <= Number(VARIANTS); n++) {
  const productId = await importer.createProduct({ enabled: true, translations: inEnglish(n) });
  await importer.createProductVariant({
    productId,
    sku: `bench-${n}`,
    price: PRICE,
    stockOnHand: STOCK,
    taxCategoryId: taxCategory.id,
    translations: [{ languageCode: LanguageCode.en, name: `bench-${n}` }],
  });
}
await connection.query('VACUUM ANALYZE');

process.stdout.write(`API  http://127.0.0.1:${app.getHttpServer().address().port}/api/v1\n`);
