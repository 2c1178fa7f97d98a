<?php
// What every script of every shape is: it says which script ran, and with what.
$server = $_SERVER;
$root = $server['DOCUMENT_ROOT'];
$script = substr(__FILE__, strlen($root) + 1);
if (isset($_GET['write'])) {
    file_put_contents("$root/{$_GET['write']}", 'written');
    chmod("$root/{$_GET['write']}", 0644);
}
if (isset($_GET['send'])) {
    for ($release = $root; !is_file("$release/RELEASE"); $release = dirname($release));
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
header('X-Said: ' . rawurlencode(implode(', ', array_filter($said))));
echo implode(', ', array_filter($said));
