<?php
/*
 * The sms endpoint as a site's owner would write it in PHP: the signature as
 * Twilio documents it, the same two rows, TwiML.  Twilio's helper library
 * would check the signature more slowly.
 */
declare(strict_types=1);

$settings = require dirname(__DIR__) . '/private/settings.php';
require $settings['store'];

/* HMAC-SHA1 over the URL and the parameters, sorted by name. */
function signature(string $token): string
{
    $scheme = ($_SERVER['HTTPS'] ?? 'off') === 'on' ? 'https' : 'http';
    $signed = "$scheme://{$_SERVER['HTTP_HOST']}{$_SERVER['REQUEST_URI']}";
    $parameters = $_POST;
    ksort($parameters, SORT_STRING);
    foreach ($parameters as $name => $value) {
        $signed .= $name . $value;
    }
    return base64_encode(hash_hmac('sha1', $signed, $token, true));
}

$sent = $_SERVER['HTTP_X_TWILIO_SIGNATURE'] ?? '';
if (!hash_equals(signature($settings['token']), $sent)) {
    http_response_code(403);
    exit;
}

$params = json_encode($_POST, JSON_THROW_ON_ERROR);
$key = hash('sha256', "sms$params");
$database = pg_pconnect($settings['database']);
if ($database === false || !store($database, $key, $params)) {
    http_response_code(503);
    exit;
}
header('Content-Type: text/xml; charset=utf-8');
echo '<?xml version="1.0" encoding="UTF-8"?><Response/>';
