namespace Mesh.Runtime.Model;

/// <summary>Requests that are treated in a way of their own (Gateway API's HTTPRoute rule).</summary>
public sealed record RouteConfig
{
    /// <summary>Its name; empty for none.</summary>
    public string Name { get; init; } = "";

    /// <summary>What it takes: any of these. Empty takes every request.</summary>
    public IReadOnlyList<RouteMatchConfig> Match { get; init; } = [];

    /// <summary>
    /// The policy of its requests, over the service's: timeout, perTryTimeout, idleTimeout, deadlinePropagation, retries, hedge, split and mirror.
    /// The other members hold for a service as a whole and are ignored here.
    /// </summary>
    public PolicyConfig Policy { get; init; } = new();

    /// <summary>Answers that the request is to be sent elsewhere; <c>null</c> for none.</summary>
    public RedirectConfig? Redirect { get; init; }

    /// <summary>An answer of the proxy's own; <c>null</c> for none.</summary>
    public DirectResponseConfig? DirectResponse { get; init; }

    /// <summary>What the request is called when it is sent on; <c>null</c> leaves it.</summary>
    public RewriteConfig? Rewrite { get; init; }

    /// <summary>Changes to the request's headers.</summary>
    public HeaderEditsConfig RequestHeaders { get; init; } = new();

    /// <summary>Changes to the response's headers, whoever gave the answer.</summary>
    public HeaderEditsConfig ResponseHeaders { get; init; } = new();
}

/// <summary>An answer that sends the caller elsewhere.</summary>
public sealed record RedirectConfig
{
    /// <summary>301, 302, 303, 307 or 308. Default 302 (Gateway API; Istio's is 301).</summary>
    public int Status { get; init; } = 302;

    /// <summary>The authority to go to; <c>null</c> leaves the request's.</summary>
    public string? Authority { get; init; }

    /// <summary>The path to ask for; <c>null</c> leaves the request's.</summary>
    public string? Path { get; init; }

    /// <summary>What takes the place of the matched prefix; <c>null</c> leaves it.</summary>
    public string? Prefix { get; init; }
}

/// <summary>An answer of the caller's proxy, without the service.</summary>
public sealed record DirectResponseConfig
{
    /// <summary>The status, 200 to 599.</summary>
    public int Status { get; init; } = 200;

    /// <summary>Bytes of the body. Default 0.</summary>
    public long BodyBytes { get; init; }
}

/// <summary>What a request is called when it is sent on.</summary>
public sealed record RewriteConfig
{
    /// <summary>The authority; <c>null</c> leaves it.</summary>
    public string? Authority { get; init; }

    /// <summary>The whole path; <c>null</c> leaves it.</summary>
    public string? Path { get; init; }

    /// <summary>What takes the place of the matched prefix (Gateway API's ReplacePrefixMatch); <c>null</c> leaves it.</summary>
    public string? Prefix { get; init; }
}

/// <summary>Changes to headers: what is removed goes first (Envoy), then what is set, then what is added.</summary>
public sealed record HeaderEditsConfig
{
    /// <summary>Headers that replace all of their name.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Set { get; init; } = [];

    /// <summary>Headers that stand beside those of their name.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Add { get; init; } = [];

    /// <summary>Names of headers that go.</summary>
    public IReadOnlyList<string> Remove { get; init; } = [];
}
