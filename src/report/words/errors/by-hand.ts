import { drillRefusalWords } from '../../drill/refusals.ts';
import { blockerWords } from '../blocker.ts';
import { phpZd, say } from '../said.ts';
import { pageReasonWords, unfitReasonWords } from './reasons.ts';
import { spanOf } from './span.ts';
import type { ErrorTable } from './table.ts';

export const handErrors: ErrorTable<
  | ('not-started' | 'site-started' | 'roll-under-way' | 'drain-refused' | 'drain-overtaken')
  | ('replica-unfit' | 'still-busy' | 'page-unfit' | 'drill-refused')
> = {
  'not-started': { what: ({ site }) => say`'${site}' is not started: start it with "${phpZd('start', site)}" first` },
  'site-started': { what: ({ site }) => say`'${site}' is started: stop it with "${phpZd('stop', site)}" first` },
  'roll-under-way': {
    what: ({ site }) =>
      say`a roll of ${site} is under way, which decides who serves: try again when it is over ("${phpZd('follow', site)}"), or end it with "${phpZd('abort', site)}"`,
  },
  'drain-refused': {
    what: ({ site, replica, serving, mustServe }) =>
      say`replica ${replica} of ${site} goes on serving: ${serving} others would serve, ${mustServe} must. See "${phpZd('status', site)}", or insist with --force`,
  },
  'drain-overtaken': {
    what: ({ site, replica }) =>
      `replica ${replica} of ${site} is not drained by hand any more: somebody made it ready, or a roll took it, and this drain leaves it as it is`,
    next: ({ site }) => say`See "${phpZd('status', site)}".`,
  },
  'replica-unfit': {
    what: ({ site, replica, reason }) => say`replica ${replica} of ${site} ${unfitReasonWords(site, replica, reason)}`,
    next: ({ site }) => say`See "${phpZd('status', site)}".`,
  },
  'still-busy': {
    what: ({ site, ms, requests, blockers }) =>
      say`requests of ${site} still ran when the hold was over, after ${spanOf(ms)}: ${
        blockers.length > 0 ? blockers.map(blockerWords).join(', ') : `${requests} that FPM does not name`
      }. New requests go through again; "${phpZd('hold', site, '--idle', '--for', 'TIME')}" with a longer time waits longer`,
  },
  'page-unfit': {
    what: ({ path, reason }) => `${path} cannot be the page: ${pageReasonWords(reason)}`,
    next: () => "Name another after --page, or leave it out for a page of php-zd's.",
  },
  'drill-refused': {
    what: ({ site, reason }) => say`no drill of '${site}', nothing was touched: ${drillRefusalWords(site, reason)}`,
  },
};
