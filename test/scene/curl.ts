import { expect } from 'vitest';
import type { Scene } from './scene.ts';

/** What curl(1) is answered: the last line is the status. */
export const curl = async ({ machine }: Scene, ...args: readonly string[]) => {
  const said = await machine.ask('curl', '--silent', '--path-as-is', '--write-out', '\n%{http_code}', ...args);
  const [, body = '', status = ''] = /^(.*)\n(\d{3})$/s.exec(said.stdout) ?? [];
  return { status: Number(status), body };
};

/** What a site that tells what it was asked says of a good request. */
export const tellAt = async (scene: Scene, url: string, ...args: readonly string[]) => {
  const { status, body } = await curl(scene, ...args, url);
  expect({ url, status }).toEqual({ url, status: 200 });
  const told: Readonly<Record<string, unknown>> = JSON.parse(body);
  return told;
};
