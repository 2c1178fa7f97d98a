<?php

$project = dirname(__DIR__);
$compiled = "$project/var/cache/prod/Container.php";
if (!is_file($compiled)) {
    require "$project/kernel.php";
    compile($project);
}
$container = require $compiled;
if ($container['project_dir'] !== $project || getenv('APP_ENV') !== 'prod') {
    http_response_code(500);
    exit("compiled in {$container['project_dir']}, run in $project");
}
session_start();
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path === '/login') {
    $_SESSION['user'] = $_POST['user'];
}
if ($path === '/upload') {
    isset($_SESSION['user']) || exit('logged out');
    $name = basename($_GET['name']);
    file_put_contents("$project/public/uploads/$name", file_get_contents('php://input'));
    file_put_contents("$project/var/log/prod.log", "$name\n", FILE_APPEND | LOCK_EX);
    exit("uploaded /uploads/$name");
}
?>
<link rel="stylesheet" href="<?= $container['manifest']['app.css'] ?>">
<?= isset($_SESSION['user']) ? 'Logged in as ' . htmlspecialchars($_SESSION['user']) : 'Log in' ?>
