import drill from './drill.php';
import opcache from './opcache.php';

/**
 * A script beside the site's php.ini lines, bound into every replica, by which the scripts that one replica has in its OPcache
 * come into another's. GET answers them as a JSON list, the most used first; POST compiles a JSON list of them and answers how
 * many were `compiled` (they are in the cache) and are `missing`, and which `failed`: together as many as it came to.
 *
 * It is out of a visitor's reach: the web server says which file runs, and this one lies outside of the release. All the
 * same it answers php-zd alone, and the application that would include it learns nothing.
 */
export const opcacheScript: string = opcache;

/**
 * A script beside opcache.php, which `php-zd drill` asks through HAProxy, so that no application is touched. Each request has a
 * number; what became of it stands in a file that all replicas of the site share, since /tmp is one: `begin N` when it is run,
 * `after N` when what it had to do after its answer is done. `?ask=tally` answers the file and removes it.
 *
 * Out of a visitor's reach as opcache.php is, and the name of the drill is its secret.
 */
export const drillScript: string = drill;
