import { describe, expect, test } from 'vitest';
import { tell, toldByDoctor } from '../../../src/report/doctor/status-findings.ts';
import { findingKinds, found } from '../../../src/report/status/finding.ts';
import { phpZd, say } from '../../../src/report/words/said.ts';
import type { Severity } from '../../../src/run/doctor/check.ts';
import type { CheckName } from '../../../src/run/doctor/doctor.ts';

const shop = { site: 'shop', serving: 1 };
const of = (kind: (typeof findingKinds)[number]) => found(kind, say`it is so`, say`${phpZd('reload', 'shop')}`);

describe('what status finds doctor finds', () => {
  test.each(findingKinds)('%s', kind => {
    const [severity, ...checks]: readonly [Severity?, ...(readonly CheckName[])] = toldByDoctor[kind] ?? [];
    const facts = { kind, what: 'it is so', way: 'php-zd reload shop' };
    const told = severity === undefined ? [] : [{ check: 'status', severity, site: 'shop', facts }];
    expect(tell(shop, of(kind), [])).toEqual(told);
    for (const check of checks) {
      const other = { check, severity: 'problem', facts: {} } as const;
      expect(tell(shop, of(kind), [{ ...other, site: 'shop' }])).toEqual([]);
      expect(tell(shop, of(kind), [{ ...other, site: undefined }])).toEqual([]);
      expect(tell(shop, of(kind), [{ ...other, site: 'blog' }])).toEqual(told);
    }
  });

  test.each(['stopped', 'drained'] as const)('a replica that is %s is a problem where no other one serves', kind => {
    expect(tell({ ...shop, serving: 0 }, of(kind), [])).toMatchObject([{ severity: 'problem' }]);
    expect(tell(shop, of(kind), [])).toMatchObject([{ severity: 'warning' }]);
  });

  test('all but what somebody has asked for, and what ends by itself', () => {
    expect(findingKinds.filter(kind => toldByDoctor[kind] === undefined)).toEqual([
      ...['not-started', 'rolling', 'maintenance', 'held', 'parked', 'link-ahead', 'file-ahead'],
    ]);
  });
});
