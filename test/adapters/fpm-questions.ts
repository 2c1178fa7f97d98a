import type { PhpFpm } from '../../src/ports/php-fpm.ts';

/** What is asked of a PHP-FPM at a path, in each way that an answer is read. */
export const fpmQuestions = (fpm: PhpFpm, deadlineMs: number) =>
  ({
    status: (path: string) => fpm.status(path, { deadlineMs }),
    request: (path: string) =>
      fpm.request(
        path,
        { scriptFilename: '/i.php', documentRoot: '/', uri: '/', method: 'GET', headers: new Map() },
        { deadlineMs },
      ),
  }) as const;
