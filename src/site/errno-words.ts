export const DENIED_WORDS = 'permission denied; run it as root';

/** errno(3), where there is something to say besides its name. */
const words: { readonly [Errno in string]?: string } = {
  EACCES: DENIED_WORDS,
  EPERM: DENIED_WORDS,
  // None of the kernel's (src/adapters/trace.ts).
  EOTHERS: 'others than root may write to a directory above it: write it elsewhere, such as below /var/lib/php-zd',
  // Nor these two (src/adapters/files.ts).
  ENOTREG:
    'it is no regular file: php-zd writes one there, and HAProxy would wait at anything else, with the requests of every site',
  EUNENDED: 'it is a pipe, and who writes into it did not end within 10 s: write a file',
  EFBIG: 'it has more than 64 MiB',
  ENXIO: 'it is a socket, or a pipe that nobody reads',
  ENOSPC: 'no space is left on its file system',
  EDQUOT: 'no space is left for its owner (quota)',
  EROFS: 'its file system is read-only',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is no directory',
  ELOOP: 'a link on the way leads in a circle, or is not of root: write the path without that link',
  ETIMEDOUT: 'its file system does not answer',
  EIO: 'the disk cannot be read or written',
};

export const errnoWords = (errno: string): string => words[errno] ?? errno;
