<?php
// Part of php-zd, which writes it anew: do not edit.
$drill = $_GET['drill'] ?? '';
if (($_SERVER['SERVER_SOFTWARE'] ?? '') !== 'php-zd' || ($_SERVER['SCRIPT_FILENAME'] ?? '') !== __FILE__
    || !is_string($drill) || !preg_match('/^[0-9a-f-]{36}$/D', $drill)) {
    http_response_code(404);
    exit;
}
set_time_limit(0);
ignore_user_abort(true);
header('Content-Type: text/plain');
$notes = dirname(__DIR__) . "/notes/$drill";
if (($_GET['ask'] ?? '') === 'tally') {
    echo is_file($notes) ? file_get_contents($notes) : '';
    isset($_GET['last']) && is_file($notes) && unlink($notes);
    exit; // without auto_append_file
}

$number = (int) ($_GET['number'] ?? 0);
note($notes, "begin $number");
work((float) ($_GET['work'] ?? 0));
echo "$number ", $_SERVER['REQUEST_METHOD'] === 'POST' ? hash('sha256', file_get_contents('php://input')) : 'done';
if (isset($_GET['after'])) {
    fastcgi_finish_request();
    work((float) $_GET['after']);
    note($notes, "after $number");
}
exit;

function note(string $notes, string $line): void
{
    file_put_contents($notes, "$line\n", FILE_APPEND | LOCK_EX);
}

/** In short steps: a signal ends a sleep, and a request that it cut short would pass for a whole one. */
function work(float $seconds): void
{
    for ($end = microtime(true) + $seconds; microtime(true) < $end;) {
        usleep(10000);
    }
}
