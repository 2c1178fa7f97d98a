/** Those of PHP's extensions that come in a package of another name. */
const CONTENTS: Readonly<Record<string, readonly string[]>> = {
  common: [
    ...['calendar', 'ctype', 'exif', 'ffi', 'fileinfo', 'ftp', 'gettext', 'iconv', 'pdo', 'phar', 'posix', 'shmop'],
    ...['sockets', 'sysvmsg', 'sysvsem', 'sysvshm', 'tokenizer'],
  ],
  interbase: ['pdo_firebird'],
  mysql: ['mysqlnd', 'mysqli', 'pdo_mysql'],
  odbc: ['pdo_odbc'],
  pgsql: ['pdo_pgsql'],
  sqlite3: ['pdo_sqlite'],
  sybase: ['pdo_dblib'],
  xml: ['dom', 'simplexml', 'xmlreader', 'xmlwriter', 'xsl'],
};

const PACKAGES = new Map(Object.entries(CONTENTS).flatMap(([name, of]) => of.map(extension => [extension, name])));

/** The version of a PHP-FPM of Debian's packages; undefined of any other program. */
export const debianVersionOf = (binary: string): string | undefined =>
  /^\/usr\/sbin\/php-fpm(\d\.\d{1,2})$/.exec(binary)?.[1];

/** The package in which Debian has an extension for a version of PHP, as a rule. */
export const phpPackageOf = (version: string, extension: string): string =>
  `php${version}-${PACKAGES.get(extension) ?? extension.replaceAll('_', '-')}`;
