using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Routing;

/// <summary>One route, ready to use.</summary>
internal sealed class RouteModel
{
    private readonly VersionSplit? _split;

    private RouteModel(RouteConfig route, PolicyConfig effective, string? prefix)
    {
        Name = route.Name;
        Config = effective;
        Policy = RoutePolicy.From(effective);
        Mirror = effective.Mirror is { Percent: > 0 } mirror ? mirror : null;
        Redirect = route.Redirect;
        DirectResponse = route.DirectResponse;
        Rewrite = route.Rewrite;
        RequestHeaders = HeaderEdits.From(route.RequestHeaders);
        ResponseHeaders = HeaderEdits.From(route.ResponseHeaders);
        MatchedPrefix = prefix;
        _split = effective.Split is { } split ? new VersionSplit(split) : null;
        IsPlain = (Mirror, Redirect, DirectResponse, Rewrite, RequestHeaders, _split) is (null, null, null, null, null, null);
    }

    /// <summary>Its name; empty for what no route of the user's matched.</summary>
    public string Name { get; }

    /// <summary>The policy of its requests as it was written, over the service's.</summary>
    public PolicyConfig Config { get; }

    /// <summary>The policy of its requests.</summary>
    public RoutePolicy Policy { get; }

    /// <summary>Whether requests go on as they are.</summary>
    public bool IsPlain { get; }

    /// <summary>Where copies go; <c>null</c> for nowhere.</summary>
    public MirrorConfig? Mirror { get; }

    /// <summary>Sends the caller elsewhere, or <c>null</c>.</summary>
    public RedirectConfig? Redirect { get; }

    /// <summary>Answers in the service's place, or <c>null</c>.</summary>
    public DirectResponseConfig? DirectResponse { get; }

    /// <summary>Renames the request, or <c>null</c>.</summary>
    public RewriteConfig? Rewrite { get; }

    /// <summary>Changes to the request's headers, or <c>null</c>.</summary>
    public HeaderEditsConfig? RequestHeaders { get; }

    /// <summary>Changes to the response's headers, or <c>null</c>.</summary>
    public HeaderEditsConfig? ResponseHeaders { get; }

    /// <summary>The prefix by which the route matches, which a rewrite may replace; <c>null</c> where it matches the path in another way.</summary>
    public string? MatchedPrefix { get; }

    /// <summary>The route of one match.</summary>
    /// <param name="route">What the user wrote.</param>
    /// <param name="service">The service's policy, which the route's stands over.</param>
    /// <param name="prefix">The prefix that the match asks for.</param>
    public static RouteModel From(RouteConfig route, PolicyConfig service, string? prefix) => new(route, route.Policy.Over(service), prefix);

    /// <summary>The version or subset of a request; <c>null</c> for any.</summary>
    public string? Choose(KeyedRandom random, MeshRequest request) => _split?.Choose(random, request);

    /// <summary>Whether a copy of the request goes to <see cref="Mirror"/>.</summary>
    public bool Mirrors(KeyedRandom random, MeshRequest request) =>
        Mirror is { } mirror && (mirror.Percent >= 1 || random.Unit(Concern.Mirror, request.Key) < mirror.Percent);

    /// <summary>The class of a request after the rewrite.</summary>
    public RequestClass Rewritten(RequestClass request, MeshDirectory directory)
    {
        string path = PathRewrite.Of(request.Path, Rewrite!, MatchedPrefix);
        return path == request.Path ? request : directory.AddClass(request.Service, path);
    }

    /// <summary>The class of a request's copy.</summary>
    public static RequestClass Mirrored(RequestClass request, MirrorConfig mirror, MeshDirectory directory) =>
        mirror.To is null || mirror.To == request.Service ? request : directory.AddClass(mirror.To, request.Path);

    /// <summary>What the redirect's <c>Location</c> says.</summary>
    public string Location(MeshRequest request) =>
        $"http://{Redirect!.Authority ?? request.Authority ?? request.Class.Service}{PathRewrite.Of(request.Class.Path, Redirect.Path, Redirect.Prefix, MatchedPrefix)}";
}
