import { expect, test } from 'vitest';
import { schemaSections, sections } from '../../src/site/schema.ts';
import { checkValue } from '../../src/site/value-types.ts';

test('every default that is a value is one that its key allows', () => {
  const presets = schemaSections.flatMap(({ keys }) => Object.values(keys).filter(key => 'isPreset' in key));
  expect(presets.length).toBeGreaterThan(10);
  for (const key of presets) expect(checkValue(key.type, key.default), key.name).toHaveProperty('value');
});

test('the manual is told of every key how it is written', () => {
  expect(sections.map(({ name, keys }) => [name, ...keys.map(key => key.name)].join(' '))).toEqual([
    'site release releases mount user group replicas surge strategy standby bake bake_errors bake_latency access index umask home url param[NAME] environment_file',
    'php binary version ini[NAME]',
    'pool pm pm.max_children DIRECTIVE',
    'env NAME',
    'shared PATH-IN-RELEASE',
    'writable PATH',
    'listen fastcgi http edge edge_from owner group mode queue_timeout',
    'haproxy socket master_socket backend server worker_user mode',
    'web server include root index front_controller closed php_in htaccess_done sticky sticky_grace',
    'health path status body header[NAME] passes interval soak deadline',
    'warmup paths count concurrency required opcache deadline',
    'drain timeout on_timeout park_timeout daemons',
    'hooks before_roll before_serve after_roll on_failure timeout',
    'limits memory tasks shm',
    'sandbox sockets network sendmail namespaces inotify setgid',
  ]);
});

test('every sentence of the manual is one', () => {
  for (const { sentence, keys } of sections) {
    for (const text of [sentence, ...keys.map(key => key.sentence)]) expect(text).toMatch(/^[A-Z].*\w\.$/s);
  }
});
