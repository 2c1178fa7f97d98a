/** Where a replica's PHP-FPM answers questions about itself: `pm.status_path` and `ping.path` of every pool we render. */
export const FPM_STATUS_PATH = '/php-zd-status';
export const FPM_PING_PATH = '/php-zd-ping';
