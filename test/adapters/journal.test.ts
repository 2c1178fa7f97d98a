import { describe, expect, it } from 'vitest';
import { encodeEntry, makeJournal } from '../../src/adapters/journal.ts';

describe('an entry in the native protocol', () => {
  it('has a line a field', () => {
    expect(encodeEntry({ MESSAGE: 'Grüße', PHP_ZD_SITE: '' }).toString()).toBe('MESSAGE=Grüße\nPHP_ZD_SITE=\n');
  });

  it('has a value of several lines behind its length in bytes', () => {
    const length = '\x04\0\0\0\0\0\0\0';
    expect(encodeEntry({ MESSAGE: 'ü\nb', A: 'x' }).toString()).toBe(`MESSAGE\n${length}ü\nb\nA=x\n`);
  });
});

describe('a journal', () => {
  it.each(['', 'message', '_PID', '1A', 'A-B', 'A=B', 'A\nB', 'A'.repeat(65)])('takes no field named %j', name => {
    const journal = makeJournal({ socket: '/nonexistent' });
    expect(() => journal.write({ [name]: 'x' })).toThrow('no name of a journal field');
  });

  it('that is not there is no reason to fail', () => {
    makeJournal({ socket: '/nonexistent' }).write({ MESSAGE: 'to nobody' });
  });
});
