import { EventsOutboxReceipts1795168800000 } from './1795168800000-events-outbox-receipts.js';
import { ProductsAndStockHistory1795168801000 } from './1795168801000-products-and-stock-history.js';
import { Orders1795168802000 } from './1795168802000-orders.js';
import { Payments1795168803000 } from './1795168803000-payments.js';
import { WebhookReceipts1795168804000 } from './1795168804000-webhook-receipts.js';
import { UsersSessionsApiKeys1795172400000 } from './1795172400000-users-sessions-api-keys.js';
import { PaymentsInFull1795176000000 } from './1795176000000-payments-in-full.js';
import { BalancesAndLedger1795179600000 } from './1795179600000-balances-and-ledger.js';
import { WebhooksOut1795183200000 } from './1795183200000-webhooks-out.js';
import { IndexesBesideTheTraffic1795183300000 } from './1795183300000-indexes-beside-the-traffic.js';
import { DisabledUsers1795210000000 } from './1795210000000-disabled-users.js';
import { OpenOrdersOfCustomers1795220000000 } from './1795220000000-open-orders-of-customers.js';
import { Inventory1795200000000 } from './1795200000000-inventory.js';
import { Actors1795310000000 } from './1795310000000-actors.js';
import { LimitCounters1795320000000 } from './1795320000000-limit-counters.js';
import { Erasures1795330000000 } from './1795330000000-erasures.js';
import { IndexesForErasing1795340000000 } from './1795340000000-indexes-for-erasing.js';
import { SealedColumns1795300000000 } from './1795300000000-sealed-columns.js';
import { SecondFactors1795350000000 } from './1795350000000-second-factors.js';
import { DisputesAndAmountsPaid1795400000000 } from './1795400000000-disputes-and-amounts-paid.js';
import { IndexesForActions1795401000000 } from './1795401000000-indexes-for-actions.js';
import { PaymentMethods1795410000000 } from './1795410000000-payment-methods.js';
import { EndpointSigningKeys1795420000000 } from './1795420000000-endpoint-signing-keys.js';
import { Pricing1795600000000 } from './1795600000000-pricing.js';
import { TotalsValidated1795601000000 } from './1795601000000-totals-validated.js';
import { AssertWritten1795500000000 } from './1795500000000-assert-written.js';
import { StandardTerms1795190000000 } from './1795190000000-standard-terms.js';

/** Every migration, oldest first; a test compares this list with the folder. */
export const migrations = [
  EventsOutboxReceipts1795168800000,
  ProductsAndStockHistory1795168801000,
  Orders1795168802000,
  Payments1795168803000,
  WebhookReceipts1795168804000,
  UsersSessionsApiKeys1795172400000,
  PaymentsInFull1795176000000,
  BalancesAndLedger1795179600000,
  WebhooksOut1795183200000,
  IndexesBesideTheTraffic1795183300000,
  StandardTerms1795190000000,
  Inventory1795200000000,
  DisabledUsers1795210000000,
  OpenOrdersOfCustomers1795220000000,
  SealedColumns1795300000000,
  Actors1795310000000,
  LimitCounters1795320000000,
  Erasures1795330000000,
  IndexesForErasing1795340000000,
  SecondFactors1795350000000,
  DisputesAndAmountsPaid1795400000000,
  IndexesForActions1795401000000,
  PaymentMethods1795410000000,
  EndpointSigningKeys1795420000000,
  AssertWritten1795500000000,
  Pricing1795600000000,
  TotalsValidated1795601000000,
];
