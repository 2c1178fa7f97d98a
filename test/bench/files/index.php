<?php
// The application of every way that is measured. Who answers stands where test/load/load.pl expects the release.
for ($end = microtime(true) + (float) ($_GET['s'] ?? 0); microtime(true) < $end;) {
    usleep(10000);
}
echo 'release=' . getmypid() . ' ', isset($_POST['n']) ? "n={$_POST['n']} " : '', 'done';
if (isset($_GET['after'])) {
    fastcgi_finish_request();
    for ($end = microtime(true) + (float) $_GET['t']; microtime(true) < $end;) {
        usleep(10000);
    }
    touch('/srv/bench/done/' . basename($_GET['after']));
}
