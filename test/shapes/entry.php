<?php
// What every script of every shape is: it says which script ran, and with what.
$server = $_SERVER;
$root = realpath($server['DOCUMENT_ROOT']);
$script = substr(__FILE__, strlen($root) + 1);
if (isset($_GET['write'])) {
    file_put_contents("$root/{$_GET['write']}", 'written');
    chmod("$root/{$_GET['write']}", 0644);
}
for ($release = $root; !is_file("$release/RELEASE"); $release = dirname($release));
$number = trim(file_get_contents("$release/RELEASE"));
$say = function (string $said) use ($number): void {
    header('Content-Type: text/plain');
    header('X-Said: ' . rawurlencode($said));
    header("X-Release: $number");
    exit($said);
};
$at = fn (string $path): string => $path[0] === '/' ? $path : "$release/$path";
if (isset($_GET['sleep'])) {
    for ($end = microtime(true) + (float) $_GET['sleep']; microtime(true) < $end;) {
        usleep(10000);
    }
}
if (isset($_GET['read'])) {
    $say('read ' . trim((string) @file_get_contents($at($_GET['read']))));
}
if (isset($_GET['touch'])) {
    @unlink($at($_GET['touch']));
    $say(@touch($at($_GET['touch'])) ? sprintf('touched %o', fileperms($at($_GET['touch'])) & 0777) : 'refused');
}
if (isset($_GET['env'])) {
    $say('env ' . getenv($_GET['env']));
}
if (isset($_GET['server'])) {
    $say('server ' . ($_SERVER[$_GET['server']] ?? ''));
}
if (isset($_GET['ini'])) {
    $say('ini ' . ini_get($_GET['ini']));
}
if (isset($_GET['group'])) {
    $say('group ' . posix_getgrgid(posix_getegid())['name']);
}
if (isset($_GET['session'])) {
    session_id($_GET['session']);
    session_start();
    isset($_GET['login']) && $_SESSION['user'] = $_GET['login'];
    $say('session ' . ($_SESSION['user'] ?? 'lost'));
}
if (isset($_GET['daemon'])) {
    exec('sleep 3600 >/dev/null 2>&1 &');
    $say('daemon');
}
if (isset($_GET['poll'])) {
    header('X-Accel-Buffering: no');
    for (; ob_get_level() > 0; ob_end_flush());
    for ($end = microtime(true) + (float) $_GET['poll']; microtime(true) < $end; usleep(100000)) {
        echo "tick\n";
        flush();
    }
    exit('end');
}
if (isset($_GET['send'])) {
    header("X-Accel-Redirect: $release/{$_GET['send']}");
    header("X-Sendfile: $release/{$_GET['send']}");
    exit;
}
if (isset($_GET['large'])) {
    for ($block = str_repeat('x', 1 << 20), $n = 0; $n < (int) $_GET['large']; $n++) {
        echo $block;
    }
    exit;
}
if (isset($_GET['stream'])) {
    header('X-Accel-Buffering: no');
    for (; ob_get_level() > 0; ob_end_flush());
    echo "first\n";
    flush();
    // Whoever has seen that makes the file.
    for ($end = microtime(true) + 3; microtime(true) < $end && !is_file("$root/{$_GET['stream']}");) {
        usleep(10000);
        clearstatcache();
    }
    exit(is_file("$root/{$_GET['stream']}") ? 'seen' : 'unseen');
}
header('Content-Type: text/plain');
$length = 0;
for ($body = fopen('php://input', 'r'); !feof($body);) {
    $length += strlen((string) fread($body, 1 << 20));
}
$said = [
    "run $script",
    $server['SCRIPT_NAME'] === "/$script" ? null : "named {$server['SCRIPT_NAME']}",
    ($server['PATH_INFO'] ?? '') === '' ? null : "info {$server['PATH_INFO']}",
    ($server['QUERY_STRING'] ?? '') === '' ? null : "query {$server['QUERY_STRING']}",
    in_array($server['REQUEST_METHOD'], ['GET', 'HEAD'], true) ? null : $server['REQUEST_METHOD'],
    $length === 0 ? null : "body $length",
    ($server['HTTP_X_ASKED'] ?? '') === $server['REQUEST_URI'] ? null : "uri {$server['REQUEST_URI']}",
    isset($server['HTTP_PROXY']) && $server['HTTP_PROXY'] !== '' ? 'proxy' : null,
];
$say(implode(', ', array_filter($said)));
