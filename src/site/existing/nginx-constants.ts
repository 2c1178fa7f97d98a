import type { NginxNode } from './nginx-file.ts';
import { findAll } from './nginx-servers.ts';

/**
 * A server block in which variables that it sets to a text, once and for all of its requests, are that text: applications such as
 * Magento have their document root in one. The lines that set them stay.
 */
export const withConstants = (server: NginxNode): NginxNode => {
  const children = server.children ?? [];
  const all = findAll(children, 'set').map(({ args: [name] }) => name);
  const constants = new Map<string, string>();
  for (const { name: directive, args } of children) {
    const [name = '', value = ''] = args;
    if (directive !== 'set' || all.filter(each => each === name).length !== 1) continue;
    const text = inText(value, constants);
    if (!text.includes('$')) constants.set(name.replace(/^\$/, ''), text);
  }
  return constants.size === 0 ? server : inNode(server, constants);
};

const inNode = (node: NginxNode, constants: ReadonlyMap<string, string>): NginxNode => ({
  ...node,
  args: node.name === 'set' ? node.args : node.args.map(arg => inText(arg, constants)),
  children: node.children?.map(child => inNode(child, constants)),
});

const inText = (text: string, constants: ReadonlyMap<string, string>): string =>
  text.replace(/\$(?:\{(\w{1,100})\}|(\w{1,100}))/g, (variable, braced?: string, bare?: string) => {
    return constants.get(braced ?? bare ?? '') ?? variable;
  });
