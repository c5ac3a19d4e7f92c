using Akka.Actor;
using Google.Protobuf;
using Grpc.Core;
using Mesh.Runtime.ControlPlane.Distribution;
using Mesh.Runtime.ControlPlane.RateLimits;
using Mesh.Runtime.ControlPlane.Transport.Messages;
using Mesh.Runtime.Model;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Security.Tls;
using Microsoft.Extensions.Hosting;

namespace Mesh.Runtime.ControlPlane.Transport;

/// <summary>The control plane's side of the transport: streams become connections of the control plane's actors.</summary>
internal sealed class TransportService(ControlPlaneTransportOptions options, IHostApplicationLifetime lifetime) : Wire.ControlPlane.ControlPlaneBase, IDisposable
{
    private readonly ConnectedNames _names = new(options.MaxProxies);
    private readonly EncodedModels _models = new();
    private readonly SidecarRegistrations? _registrations = options.Registrations is { } sink ? new SidecarRegistrations(sink, options.RegistrationGrace, options.Time) : null;

    public override async Task Connect(IAsyncStreamReader<Wire.FromProxy> requestStream, IServerStreamWriter<Wire.ToProxy> responseStream, ServerCallContext context)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        var hello = await HelloAsync(requestStream, end.Token).ConfigureAwait(false);
        string name = hello.Name.ToText(), service = hello.Service.ToText();
        var peer = PeerOf(context, service);
        using var stream = new ProxyStream(options, _models, responseStream, end.Token);
        if (_names.Enter(name, stream) is not { } id)
            throw Refused(StatusCode.ResourceExhausted, $"{options.MaxProxies} proxies are connected, the most that there may be.");
        try
        {
            var node = new ProxyNode(id, name, service, SubscriptionOf(hello));
            if (hello.Endpoint is { } endpoint) _registrations?.Join(name, stream, Registered(hello, endpoint, peer));
            options.ControlPlane.Tell(new ProxyConnected(node, stream, hello.InForce, hello.MustResend), ActorRefs.NoSender);
            await stream.RunAsync(node, requestStream).ConfigureAwait(false);
        }
        finally
        {
            _names.Leave(name, stream);
            options.ControlPlane.Tell(new ProxyDisconnected(id, stream), ActorRefs.NoSender);
            _registrations?.Leave(name, stream, stream.SaidGoodbye);
        }
        if (!stream.SaidGoodbye) throw Refused(StatusCode.Unavailable, "the control plane ended the connection.");
    }

    public override Task<Wire.IssueAnswer> Issue(Wire.IssueRequest request, ServerCallContext context)
    {
        if (options.Authority is not { } authority) throw Refused(StatusCode.Unimplemented, "this control plane issues no certificates.");
        try
        {
            var peer = context.GetHttpContext().Features.Get<IPeerIdentityFeature>()?.Peer;
            var issued = peer is not null && request.JoinToken.IsEmpty ? authority.Renew(peer, request.SigningRequest.Span) : authority.Join(request.JoinToken.ToText(), request.SigningRequest.Span);
            var answer = new Wire.IssueAnswer { Trust = TrustWire.Write(issued.Trust) };
            answer.Chain.AddRange(issued.Chain.Select(certificate => ByteString.CopyFrom(certificate.Span)));
            return Task.FromResult(answer);
        }
        catch (IdentityException e)
        {
            throw Refused(StatusCode.PermissionDenied, e.Message);
        }
    }

    public override async Task<Wire.TokenAnswer> TakeTokens(Wire.TokenRequest request, ServerCallContext context)
    {
        var problems = TokenWire.Problems(request);
        if (problems.Count > 0) throw Refused(StatusCode.InvalidArgument, $"the request for tokens is refused: {string.Join("; ", problems)}.");
        string service = request.Service.ToText();
        PeerOf(context, service);
        var answered = new TaskCompletionSource<IReadOnlyList<LimitGrant>>(TaskCreationOptions.RunContinuationsAsynchronously);
        options.ControlPlane.Tell(new TokensWanted(service, [.. request.Hits.Select(TokenWire.Read)], grants => answered.TrySetResult(grants)), ActorRefs.NoSender);
        try
        {
            var answer = new Wire.TokenAnswer();
            foreach (var (granted, wait) in await answered.Task.WaitAsync(TransportLimits.HelloTimeout, options.Time, context.CancellationToken).ConfigureAwait(false))
                answer.Grants.Add(new Wire.Grant { Granted = granted, Wait = wait });
            return answer;
        }
        catch (TimeoutException)
        {
            throw Refused(StatusCode.DeadlineExceeded, "the control plane did not decide in time.");
        }
    }

    public void Dispose() => _registrations?.Dispose();

    private async Task<Wire.Hello> HelloAsync(IAsyncStreamReader<Wire.FromProxy> reader, CancellationToken end)
    {
        using var limit = new CancellationTokenSource(TransportLimits.HelloTimeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, end);
        bool came;
        try
        {
            came = await reader.MoveNext(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw Refused(StatusCode.DeadlineExceeded, $"no hello came within {TransportLimits.HelloTimeout.TotalSeconds:0} s.");
        }
        if (!came || reader.Current.Hello is not { } hello) throw Refused(StatusCode.InvalidArgument, "a stream begins with a hello.");
        var problems = HelloRules.Problems(hello, options.MaxServices);
        return problems.Count == 0 ? hello : throw Refused(StatusCode.InvalidArgument, $"the hello is refused: {string.Join("; ", problems)}.");
    }

    /// <summary>Who the proxy has proved to be; <c>null</c> in plain text, where nobody can.</summary>
    private SpiffeId? PeerOf(ServerCallContext context, string service)
    {
        if (context.GetHttpContext().Features.Get<IPeerIdentityFeature>() is not { } tls) return null;
        if (tls.Peer is not { } peer) throw Refused(StatusCode.Unauthenticated, "the proxy showed no certificate; it needs one first, for a join token.");
        return options.MayServe(peer, service) ? peer : throw Refused(StatusCode.PermissionDenied, $"{peer} may not stand before the service '{service}'.");
    }

    private Subscription SubscriptionOf(Wire.Hello hello)
    {
        if (hello.All) return Subscription.All;
        var names = hello.Subscription.Append(hello.Service).Select(name => name.ToText()).Distinct(StringComparer.Ordinal).ToList();
        int fresh = names.Count(name => options.Directory.FindService(name) < 0);
        return options.Directory.Services.Count + fresh <= options.MaxServices ? Subscription.To(names.Select(options.Directory.AddService))
            : throw Refused(StatusCode.ResourceExhausted, $"the subscription names {fresh} services that nobody knows, and there are {options.Directory.Services.Count} of {options.MaxServices} already.");
    }

    /// <summary>What others are told of the sidecar. Who it is, is what it has proved; only in plain text its word counts.</summary>
    private static Endpoint Registered(Wire.Hello hello, Wire.Endpoint endpoint, SpiffeId? peer) => EndpointWire.Read(endpoint, hello.Service.ToText()) with
    {
        Name = hello.Name.ToText(), Zone = hello.Zone.ToText(), Version = hello.Version.ToText(), Identity = peer?.ToString() ?? endpoint.Identity.ToText(),
    };

    private static RpcException Refused(StatusCode code, string why) => new(new Grpc.Core.Status(code, why));
}
