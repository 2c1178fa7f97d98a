import { FakeFiles } from '../fakes/fake-files.ts';
import { describeFiles } from './files.ts';

describeFiles('in memory', async () => {
  const files = new FakeFiles();
  await files.makeDirectory('/zd');
  files.startProcess(7);
  return {
    files,
    pid: 7,
    inProcess: path => path,
    attributes: async path => {
      const found = files.attributes(path);
      if (!found) throw new Error(`${path} is not there`);
      return found;
    },
    close: async () => {},
  };
});
