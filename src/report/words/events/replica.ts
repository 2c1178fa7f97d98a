import { countWords } from '../count.ts';
import { describeError } from '../errors.ts';
import { spanWords } from '../span.ts';
import { timeWords } from '../time.ts';
import type { EventTable } from './table.ts';

/** Of replicas whose units were started or stopped by themselves, and of what is done by hand. */
export const eventsOfReplicas: EventTable<
  | 'replica-admitted'
  | 'replica-drained'
  | 'replica-not-drained'
  | 'replica-not-admitted'
  | 'withdrawn-by-hand'
  | 'drained-by-hand'
  | 'ready-by-hand'
  | 'held'
  | 'held-idle'
  | 'hold-released'
  | 'maintenance-on'
  | 'maintenance-off'
> = {
  'replica-admitted': {
    id: '0201e96a82d342b4bb1a24c6bef943a6',
    words: (_, { slot }) => ({ priority: 5, text: `Replica ${slot} serves again.` }),
  },
  'replica-drained': {
    id: '14825c48aaa440078316f36e712d47fc',
    words: (_, { slot, ms }) => ({ priority: 5, text: `Drained replica ${slot} in ${spanWords(ms)}.` }),
  },
  'replica-not-drained': {
    id: '9f99c18925754e2db220c2f7c69b235a',
    words: (_, { slot, error }) => ({
      priority: 4,
      text: `Replica ${slot} is stopped although it is not drained: ${describeError(error)}.`,
    }),
  },
  'replica-not-admitted': {
    id: 'c8a22a7416174728b2ce60eb3918ee85',
    words: (site, { slot, error }) => ({
      priority: 3,
      text: `Replica ${slot} started but does not serve: ${describeError(error)}.\nPut it right with "systemctl reload php-zd@${site}".`,
    }),
  },
  'withdrawn-by-hand': {
    id: '1575867231c849f093df56294aa4e612',
    words: (site, { slot }) => ({
      priority: 5,
      text: `Replica ${slot} of ${site} gets no new request, until "php-zd ready ${site} ${slot}" or a roll.`,
    }),
  },
  'drained-by-hand': {
    id: '8bb32af7e650459094dd386b62577bed',
    words: (site, { slot, ms }) => ({
      priority: 5,
      text: `Replica ${slot} of ${site} has nothing left to do (after ${spanWords(ms)}).`,
    }),
  },
  'ready-by-hand': {
    id: 'c84c310bdaa84d939a450c3620a68935',
    words: (site, { slot }) => ({ priority: 5, text: `Replica ${slot} of ${site} gets requests again.` }),
  },
  held: {
    id: 'e56624a1410b40ca8bba5f22e2385819',
    words: (site, { now, until, inFlight }) => ({
      priority: 5,
      text: `New requests of ${site} wait for ${spanWords(heldMs(until - now))}, until ${timeWords(until)}; ${countWords(inFlight, 'request')} in flight ${inFlight === 1 ? 'goes' : 'go'} on.\nLet them through before with "php-zd release-hold ${site}".`,
    }),
  },
  'held-idle': {
    id: '35f83d525e404d3fb67cca77de855e4f',
    words: (site, { ms }) => ({
      priority: 5,
      text: `No request of ${site} runs any more (after ${spanWords(ms)}); new ones wait.`,
    }),
  },
  'hold-released': {
    id: '8faeafb6503f41358a8908ec34159a1f',
    words: (site, { waited, ms }) => ({
      priority: 5,
      text: `Let the requests of ${site} through after ${spanWords(ms)}${waited === undefined ? '; HAProxy does not say how many waited' : `: ${countWords(waited, 'request')} waited`}.`,
    }),
  },
  'maintenance-on': {
    id: '837615007c804db3a877c4109e71dc96',
    words: (site, { inFlight }) => ({
      priority: 5,
      text: `${site} is in maintenance: new requests get 503 and the page, ${countWords(inFlight, 'request')} in flight ${inFlight === 1 ? 'goes' : 'go'} on.\nEnd it with "php-zd maintenance ${site} off".`,
    }),
  },
  'maintenance-off': {
    id: '0f71b592e789484ca52fd385c53c182c',
    words: (site, { ms }) => ({
      priority: 5,
      text: `${site} is out of maintenance after ${spanWords(ms)}. See "php-zd status ${site}".`,
    }),
  },
};

/** The end of a hold is the next whole second, so that a hold of three seconds lasts a part of the fourth. */
const heldMs = (ms: number): number => Math.round(ms / 100) * 100;
