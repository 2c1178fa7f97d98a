<?php

/**
 * As Symfony has it: a container that is compiled once into var/cache/prod, with the directory in which that was done, and is not
 * looked at again.
 */
function compile(string $project): string
{
    $file = "$project/var/cache/prod/Container.php";
    is_dir(dirname($file)) || mkdir(dirname($file), 0777, true);
    $manifest = json_decode(file_get_contents("$project/public/build/manifest.json"), true);
    $text = '<?php return ' . var_export(['project_dir' => $project, 'manifest' => $manifest], true) . ';';
    file_put_contents("$file.new", $text);
    rename("$file.new", $file);
    return $file;
}
