using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;

namespace Mesh.Runtime.Security;

/// <summary>One <see cref="AuthorizationRule"/> made ready: one of its sources, one of its operations, and all of its conditions.</summary>
internal sealed class AuthorizationMatcher
{
    private readonly SourceMatcher[] _from;
    private readonly OperationMatcher[] _to;
    private readonly ConditionMatcher[] _when;

    public AuthorizationMatcher(AuthorizationRule rule)
    {
        _from = [.. rule.From.Select(source => new SourceMatcher(source))];
        _to = [.. rule.To.Select(operation => new OperationMatcher(operation))];
        _when = [.. rule.When.Select(condition => new ConditionMatcher(condition))];
    }

    public bool Matches(in AuthorizationInput input) => FromOne(input) && ToOne(input.Request) && WhenAll(input);

    private bool FromOne(in AuthorizationInput input)
    {
        foreach (var source in _from)
            if (source.Matches(input)) return true;
        return _from.Length == 0;
    }

    private bool ToOne(MeshRequest request)
    {
        foreach (var operation in _to)
            if (operation.Matches(request)) return true;
        return _to.Length == 0;
    }

    private bool WhenAll(in AuthorizationInput input)
    {
        foreach (var condition in _when)
            if (!condition.Matches(input)) return false;
        return true;
    }

    private sealed class SourceMatcher(SourceMatch source)
    {
        private readonly TextPatterns _principals = new(source.Principals, TextPatternKind.Principal);
        private readonly TextPatterns _namespaces = new(source.Namespaces);
        private readonly TextPatterns _trustDomains = new(source.TrustDomains);
        private readonly TextPatterns _requestPrincipals = new(source.RequestPrincipals);
        private readonly IpBlocks _ipBlocks = new(source.IpBlocks);
        private readonly IpBlocks _remoteIpBlocks = new(source.RemoteIpBlocks);

        public bool Matches(in AuthorizationInput input) =>
            _principals.Allow(input.Caller.Principal) && _namespaces.Allow(input.Caller.Namespace) && _trustDomains.Allow(input.Caller.TrustDomain)
            && _requestPrincipals.Allow(input.Token?.Principal) && _ipBlocks.Allow(input.Request.PeerAddress) && _remoteIpBlocks.Allow(input.RemoteAddress);
    }

    private sealed class OperationMatcher(OperationMatch operation)
    {
        private readonly TextPatterns _hosts = new(operation.Hosts, TextPatternKind.Host);
        private readonly TextPatterns _ports = new(operation.Ports);
        private readonly TextPatterns _methods = new(operation.Methods);
        private readonly TextPatterns _paths = new(operation.Paths, TextPatternKind.Path);

        public bool Matches(MeshRequest request) =>
            _methods.Allow(request.Method) && _paths.Allow(request.Class.Path) && _hosts.Allow(request.Authority ?? request.Class.Service)
            && PortText.Allow(_ports, request.Port);
    }
}
