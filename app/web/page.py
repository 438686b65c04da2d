"""The front page: what this is and where to go next. No script, no outside resource."""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Interlude</title>
<style>
  :root { color-scheme: light dark; --ink: #14211d; --soft: #4b5b55; --line: #d5ded9; --paper: #fbfcfa; --mark: #0a6b4f; }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #e8efec; --soft: #a5b5ae; --line: #2f3b36; --paper: #101613; --mark: #63d2ab; }
  }
  body { margin: 0; background: var(--paper); color: var(--ink); font: 17px/1.55 system-ui, sans-serif; }
  main { max-width: 44rem; margin: 0 auto; padding: 3.5rem 1.25rem 4rem; }
  h1 { font-size: 2.1rem; line-height: 1.15; margin: 0 0 .75rem; letter-spacing: -.02em; }
  h2 { font-size: 1.05rem; margin: 2.25rem 0 .5rem; }
  p { margin: 0 0 1rem; }
  .lead { font-size: 1.15rem; color: var(--soft); }
  ul { list-style: none; padding: 0; margin: 0; border-top: 1px solid var(--line); }
  li { border-bottom: 1px solid var(--line); }
  li a { display: block; padding: .9rem 0; color: inherit; text-decoration: none; }
  li a:hover b, li a:focus-visible b { text-decoration: underline; }
  li b { color: var(--mark); display: block; }
  li span { color: var(--soft); }
  code { font: .9em ui-monospace, monospace; background: color-mix(in srgb, var(--line) 45%, transparent);
         padding: .1em .35em; border-radius: .25em; overflow-wrap: anywhere; }
  pre { overflow-x: auto; padding: .9rem 1rem; border: 1px solid var(--line); border-radius: .4rem; }
  pre code { background: none; padding: 0; overflow-wrap: normal; }
</style>
</head>
<body>
<main>
<h1>Learning that fits into the minutes a shift already has</h1>
<p class="lead">Interlude places 2&#8211;5 minute modules, quizzes and checklists into changeovers, handovers and lulls,
keeps the line covered, and counts every second as paid learning time.</p>

<h2>Where to go next</h2>
<ul>
<li><a href="/docs"><b>API reference</b><span>Every operation, who may call it, and an example</span></a></li>
<li><a href="/openapi.json"><b>OpenAPI document</b><span>Generate a client in your own language</span></a></li>
<li><a href="/readyz"><b>Readiness</b><span>Is this server able to work?</span></a></li>
</ul>

<h2>Sign in</h2>
<p>People sign in with their employee number and a PIN or password; systems send a key. The demo prints both.</p>
<pre><code>curl -s BASE/v1/auth/sign-in \\
  -H 'content-type: application/json' \\
  -d '{"organization": "...", "login": "...", "secret": "..."}'

curl -s BASE/v1/me/now \\
  -H 'authorization: Bearer ...'</code></pre>
<p><code>/v1/me/now</code> answers what fits into the minutes at hand.</p>
</main>
</body>
</html>
"""


def front_page(base: str) -> str:
    """The page with the server's own address in its examples."""
    return PAGE.replace("BASE", base)
