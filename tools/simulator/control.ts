import { invalid, ok, type Reply } from './answers.js';
import { readFaultRules, type Faults, type FaultRule } from './faults.js';
import type { Simulated } from './routes.js';

/** What of the simulator can be told to. */
interface Controlled {
  readonly options: { readonly seed: string };
  readonly faults: Faults;
  readonly calls: ReadonlyMap<string, number>;
  scheduleFaults(rules: readonly FaultRule[]): void;
  decideAtOnce(isSynchronous: boolean): void;
  goDown(): void;
  comeBack(): void;
}

/** The simulator's own API, for those who want to see faults and what happens weeks later. */
export function control(simulator: Controlled, simulated: Simulated, call: string, body: string): Reply {
  const about = /^POST (disputes|authorizations|refunds|intents)\/([A-Za-z0-9_]+)\/([a-z]+)$/.exec(call);
  if (about) return happen(simulated, about[1]!, about[2]!, about[3]!);
  switch (call) {
    case 'GET faults':
      return ok({ seed: simulator.options.seed, faults: simulator.faults.list() });
    case 'PUT faults':
      try {
        const { faults } = JSON.parse(body) as { faults?: unknown };
        simulator.scheduleFaults(readFaultRules(faults));
      } catch (error) {
        throw invalid(400, (error as Error).message, 'faults_invalid');
      }
      return ok({ seed: simulator.options.seed, faults: simulator.faults.list() });
    case 'DELETE faults':
      simulator.scheduleFaults([]);
      return ok({ seed: simulator.options.seed, faults: [] });
    case 'GET calls':
      return ok(Object.fromEntries(simulator.calls));
    case 'PUT mode': {
      const { synchronous } = JSON.parse(body || '{}') as { synchronous?: unknown };
      if (typeof synchronous !== 'boolean') throw invalid(400, 'synchronous is true or false.', 'mode_invalid');
      simulator.decideAtOnce(synchronous);
      return ok({ synchronous });
    }
    case 'POST down':
      simulator.goDown();
      return ok({ down: true });
    case 'POST up':
      simulator.comeBack();
      return ok({ down: false });
    default:
      throw invalid(
        404,
        'The simulator knows GET, PUT, DELETE faults; GET calls; PUT mode; POST down, up; POST disputes/{id}/won, lost; POST authorizations/{intent}/expire; POST refunds/{id}/fail; POST intents/{id}/dispute.',
        'unrecognized_url',
      );
  }
}

/** What the world does, by its own choice. */
function happen({ bank, refunds, disputes }: Simulated, what: string, id: string, verb: string): Reply {
  switch (`${what} ${verb}`) {
    case 'disputes won':
    case 'disputes lost':
      return ok(disputes.decide(id, verb === 'won'));
    case 'intents dispute':
      return ok(disputes.openOn(id, 'fraudulent'));
    case 'authorizations expire':
      return ok(bank.expireAuthorization(id));
    case 'refunds fail':
      return ok(refunds.fail(id));
    default:
      throw invalid(404, `Nothing happens to ${what} by ${verb}.`, 'unrecognized_url');
  }
}
