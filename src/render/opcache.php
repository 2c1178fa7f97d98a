<?php
// Part of php-zd, which writes it anew: do not edit.
if (($_SERVER['SERVER_SOFTWARE'] ?? '') !== 'php-zd' || ($_SERVER['SCRIPT_FILENAME'] ?? '') !== __FILE__) {
    http_response_code(404);
    exit;
}
// What does not compile is counted, and no error of the replica: nothing of it belongs into its log.
error_reporting(0);
set_time_limit(0);
ini_set('memory_limit', '-1');
header('Content-Type: application/json');
match ($_SERVER['REQUEST_METHOD']) {
    'POST' => compileScripts(),
    'DELETE' => emptyCache(),
    default => listScripts(),
};
exit; // without auto_append_file

function listScripts(): void
{
    // Gone without the extension or by disable_functions; false when OPcache is off or its API restricted.
    $status = function_exists('opcache_get_status') ? opcache_get_status(true) : false;
    $scripts = is_array($status) ? $status['scripts'] ?? [] : [];
    usort($scripts, fn ($a, $b) => $b['hits'] <=> $a['hits']);
    echo json_encode(array_column($scripts, 'full_path'), JSON_INVALID_UTF8_SUBSTITUTE | JSON_UNESCAPED_SLASHES);
}

/** False when OPcache is off or its API restricted. It is emptied as soon as no child reads it, with the next request. */
function emptyCache(): void
{
    echo json_encode(['reset' => function_exists('opcache_reset') && opcache_reset()]);
}

function compileScripts(): void
{
    $answer = ['compiled' => 0, 'missing' => 0, 'failed' => []];
    $script = null;
    // What ends the request, as a compile error may, must not take with it how far it came.
    register_shutdown_function(function () use (&$answer, &$script) {
        if ($script !== null) $answer['failed'][] = $script;
        http_response_code(200);
        echo json_encode($answer, JSON_UNESCAPED_SLASHES);
    });
    foreach (json_decode(file_get_contents('php://input')) as $script) {
        if (!is_file($script)) $answer['missing']++;
        elseif (compileScript($script)) $answer['compiled']++;
        else $answer['failed'][] = $script;
    }
    $script = null;
}

/** Not cached: a script with an error, without room for it, or so new that opcache.file_update_protection waits. */
function compileScript(string $script): bool
{
    try {
        if (!opcache_is_script_cached($script)) opcache_compile_file($script);
    } catch (Throwable) {
        // It is not cached, which says it.
    }
    return opcache_is_script_cached($script);
}
