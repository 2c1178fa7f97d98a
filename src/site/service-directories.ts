/** Where Debian's databases, caches and its virus scanner have the sockets that PHP applications talk to: each site sees them. */
export const SERVICE_DIRECTORIES: readonly string[] = [
  ...['clamav', 'memcached', 'mysqld', 'postgresql', 'redis', 'valkey'].map(name => `/run/${name}`),
];
