<?php
// The site under test. Its release is what the file beside it says, so that an answer tells which release made it.
$release = trim(file_get_contents(__DIR__ . '/../RELEASE'));
// usleep in short steps: a signal must not shorten the request unseen (SIGQUIT interrupts sleep()).
$work = function (float $seconds): void {
    for ($end = microtime(true) + $seconds; microtime(true) < $end;) {
        usleep(10000);
    }
};
// Which replica this is: its own directory is the only one that it sees.
$replica = fn (): string => basename((string) current(glob('/run/php-zd/*/replicas/[0-9]*')));
// Stays until the test says otherwise, which is told where.
$stand = function (string $at) use ($replica): void {
    is_file("/tmp/hold-$at") && file_put_contents("/tmp/stands-$at", $replica());
    for (; is_file("/tmp/hold-$at"); clearstatcache()) {
        usleep(10000);
    }
};
// What this replica was asked, when it began and when it ended, for a test that has made the file.
if (is_file('/tmp/notes')) {
    $note = ['replica' => (int) $replica(), 'release' => $release, 'uri' => $_SERVER['REQUEST_URI'], 'from' => microtime(true)];
    register_shutdown_function(function () use ($note): void {
        $line = json_encode($note + ['to' => microtime(true)]) . "\n";
        file_put_contents('/tmp/notes', $line, FILE_APPEND | LOCK_EX);
    });
}
if ($_SERVER['REQUEST_URI'] === '/health') {
    $stand('health');
    http_response_code(is_file(__DIR__ . '/../UNHEALTHY') ? 500 : 200);
    exit("healthy release=$release");
}
if (isset($_GET['session'])) {
    session_start();
    $_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
    exit("release=$release count={$_SESSION['count']} id=" . session_id());
}
if (isset($_GET['tmp'])) {
    $file = '/tmp/' . basename($_GET['tmp']);
    isset($_GET['write']) && file_put_contents($file, $_GET['write']);
    exit("release=$release tmp=" . (is_file($file) ? file_get_contents($file) : 'missing'));
}
// What whoever has got into the site can do from there.
if (isset($_GET['run'])) {
    exec("{$_GET['run']} 2>&1", $lines, $status);
    exit(json_encode(['status' => $status, 'lines' => $lines]));
}
if (isset($_GET['stand'])) {
    $stand(basename($_GET['stand']));
    exit("release=$release done");
}
// A script of the release that only this request needs: whether it was compiled before.
if (isset($_GET['part'])) {
    $part = __DIR__ . '/part.php';
    $isCached = opcache_is_script_cached($part);
    exit("release=$release replica={$replica()} part=" . (require $part) . ' ' . ($isCached ? 'cached' : 'compiled'));
}
if (isset($_GET['status'])) {
    http_response_code((int) $_GET['status']);
}
if (isset($_GET['s'])) {
    $work((float) $_GET['s']);
}
if (isset($_GET['after'])) {
    echo "release=$release done";
    fastcgi_finish_request();
    $work((float) $_GET['t']);
    file_put_contents('/tmp/after-' . basename($_GET['after']), $release);
    exit;
}
echo "release=$release ", isset($_POST['n']) ? "n={$_POST['n']} " : '', 'done';
