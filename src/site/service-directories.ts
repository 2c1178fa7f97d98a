/**
 * Where programs have sockets by which they, and so the host or other sites, are ruled: that of containers, of machines, of HAProxy, of other
 * pools of PHP-FPM. Their modes alone keep a site from them.
 */
export const RULING_DIRECTORIES: readonly string[] = [
  ...[
    'containerd',
    'crio',
    'docker',
    'fail2ban',
    'haproxy',
    'incus',
    'libvirt',
    'lxc',
    'lxd',
    'php',
    'podman',
    'snapd',
  ],
  ...['supervisor', 'udev'],
].map(name => `/run/${name}`);

/** Where Debian's databases, caches and its virus scanner have the sockets that PHP applications talk to: each site sees them. */
export const SERVICE_DIRECTORIES: readonly string[] = [
  ...['clamav', 'memcached', 'mysqld', 'postgresql', 'redis', 'valkey'].map(name => `/run/${name}`),
];
