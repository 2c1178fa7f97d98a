import type { EventKind } from '../run/events.ts';

/** The MESSAGE_ID= of each kind of event (sd-id128(3)): fixed for ever, so that programs can wait for one. */
export const messageIds: { readonly [Kind in EventKind]: string } = {
  warnings: '9f39e151ab394c27b68d16995dbbcf9d',
  refused: '2cf9bab81dc540d2a72d728d0c144fad',
  applied: 'cdc6b9ff274e43fd88f53c0a3a5ac00f',
  'balancer-reloaded': '61ff18baee2c49c2a8dd7e5418a3c2b5',
  'using-applied': '5c4a80a754ac4a69825999ce8f4364e7',
  'promoted-missing': '5467a08074d0431a867837348258f144',
  'roll-started': '4eac1bfc400e4781a47d09157963b408',
  'step-started': '394306d281b3480882e9c05a4e619086',
  'step-done': '8b4d0ba002ed4acfb14d7808c9fd3fcd',
  'step-failed': '3c3a35f75f014673a2974afef485e92b',
  draining: 'f0d526a116de4c81985a28e760dc4b6b',
  'roll-done': '46aa4e5e061f4adfa1942909c0c5a887',
  'roll-failed': '09372e19ef054cc588454673bbe1e589',
  'roll-killed': '321180426bf341c78f1059fa900e2f47',
  'settle-started': 'e936e63fcbab4f92a42e5418fafb4bac',
  settled: 'b4a2dc48a95f4da283da65b9c1c848cd',
  unsettled: 'c7d58483224442b9ad09656131e7e6e5',
  started: 'e338676491e249e8a0e70f8740ee85d1',
  'start-failed': '955bfbb8701240308949b043bd1ad255',
  stopped: 'b3acab2d1de24764ad1440ce875b77ad',
  'replica-admitted': '0201e96a82d342b4bb1a24c6bef943a6',
  'replica-drained': '14825c48aaa440078316f36e712d47fc',
  'replica-not-drained': '9f99c18925754e2db220c2f7c69b235a',
  'replica-not-admitted': 'c8a22a7416174728b2ce60eb3918ee85',
};
