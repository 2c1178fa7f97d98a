import drill from './drill.php';
import opcache from './opcache.php';

/**
 * A PHP script beside the site's php.ini lines, bound into every replica, by which the scripts that one replica has in its
 * OPcache come into another's. GET answers them as a JSON list, the most used first. POST compiles a JSON list of scripts and
 * answers how many are `compiled` (they are in the cache) and `missing`, and which `failed`: together as many as the request
 * got through. DELETE empties the replica's OPcache, and answers whether it may (`reset`).
 *
 * No visitor reaches the script: the web server says which file runs, and this file lies outside of the release. All the same
 * it answers php-zd alone, and tells nothing to an application that includes it.
 */
export const opcacheScript: string = opcache;

/**
 * A PHP script beside opcache.php, which `php-zd drill` asks through HAProxy, so that no application is touched. Each request
 * has a number. What became of it stands in a file in a directory that all replicas of the site share: `begin N` when the request
 * is run, `after N` when its work after the answer is done. `?ask=tally` answers that file, and removes it when asked to.
 *
 * No visitor reaches the script, as none reaches opcache.php, and the name of the drill is its secret.
 */
export const drillScript: string = drill;
