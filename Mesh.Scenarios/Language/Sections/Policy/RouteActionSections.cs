using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>What a route does with a request other than to send it on as it is.</summary>
internal static class RouteActionSections
{
    private static readonly Shape<string> NewPrefix = new ScalarShape<string>("a path such as /v2, or /", """{"type": "string", "pattern": "^/[^\\s?#]*$"}""",
        (string text, out string value) => (value = text).StartsWith('/') ? null : $"'{text}' is not a path; a path begins with '/'.");

    private static readonly Shape<int> RedirectStatus = Values.Choice("a status of a redirect", [("301", 301), ("302", 302), ("303", 303), ("307", 307), ("308", 308)]);

    /// <summary>A redirect.</summary>
    public static readonly Section<RedirectConfig> Redirect = new Section<RedirectConfig>("redirect", "a redirect such as {path: /new, status: 301}", () => new RedirectConfig())
    {
        { "status", RedirectStatus, (redirect, value) => redirect with { Status = value }, "301, 302, 303, 307 or 308. Default 302." },
        { "authority", Values.Text, (redirect, value) => redirect with { Authority = value }, "The authority to go to. Default the request's." },
        { "path", Values.RequestPath, (redirect, value) => redirect with { Path = value }, "The path to ask for. Default the request's." },
        { "prefix", NewPrefix, (redirect, value) => redirect with { Prefix = value }, "What takes the place of the matched prefix. Default the prefix itself." },
    }
    .Check((redirect, map, reading) => OneOf(redirect.Path, redirect.Prefix, map, reading));

    /// <summary>An answer of the proxy's own.</summary>
    public static readonly Section<DirectResponseConfig> DirectResponse = new("directResponse", "an answer such as {status: 503}", () => new DirectResponseConfig())
    {
        { "status", Values.Count(200, 599), (response, value) => response with { Status = value }, "The status. Default 200." },
        { "size", Values.Size, (response, value) => response with { BodyBytes = value }, "Size of the body. Default 0." },
    };

    /// <summary>Another name for the request.</summary>
    public static readonly Section<RewriteConfig> Rewrite = new Section<RewriteConfig>("rewrite", "a rewrite such as {prefix: /v2}", () => new RewriteConfig())
    {
        { "authority", Values.Text, (rewrite, value) => rewrite with { Authority = value }, "The authority. Default the request's." },
        { "path", Values.RequestPath, (rewrite, value) => rewrite with { Path = value }, "The whole path. Default the request's." },
        { "prefix", NewPrefix, (rewrite, value) => rewrite with { Prefix = value }, "What takes the place of the matched prefix. Default the prefix itself." },
    }
    .Check((rewrite, map, reading) => OneOf(rewrite.Path, rewrite.Prefix, map, reading));

    private static readonly Section<HeaderEditsConfig> Edits = new("headerEdits", "changes such as {set: {x-tier: gold}, remove: [x-debug]}", () => new HeaderEditsConfig())
    {
        { "set", StepSection.Headers, (edits, value) => edits with { Set = value }, "Headers that replace all of their name. Default none." },
        { "add", StepSection.Headers, (edits, value) => edits with { Add = value }, "Headers that stand beside those of their name. Default none." },
        { "remove", new OneOrMoreShape<string>("names such as [x-debug]", Values.Name), (edits, value) => edits with { Remove = value }, "Names of headers that go, first of all. Default none." },
    };

    /// <summary>Changes to both sides' headers.</summary>
    public static readonly Section<HeaderChanges> Headers = new Section<HeaderChanges>("routeHeaders", "changes such as {request: {set: {x-tier: gold}}}", () => new HeaderChanges())
    {
        { "request", Edits, (changes, value) => changes with { Request = value }, "Changes to the request's headers. Default none." },
        { "response", Edits, (changes, value) => changes with { Response = value }, "Changes to the response's headers. Default none." },
    };

    private static void OneOf(string? path, string? prefix, YamlMap map, Reading reading)
    {
        if (path is not null && prefix is not null) reading.Error(map, "'path' and 'prefix' both give a new path; keep one.");
    }

    /// <summary>Changes to headers, both ways.</summary>
    public sealed record HeaderChanges
    {
        public HeaderEditsConfig Request { get; init; } = new();

        public HeaderEditsConfig Response { get; init; } = new();
    }
}
