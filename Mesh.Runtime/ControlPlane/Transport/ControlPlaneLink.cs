using Grpc.Net.Client;
using Mesh.Runtime.ControlPlane.Transport.Messages;
using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar;

namespace Mesh.Runtime.ControlPlane.Transport;

/// <summary>
/// A live sidecar's connection to its control plane: the sockets and timers around its <see cref="ProxyAgent"/>. Whatever happens to the control plane, the sidecar serves on with what
/// it has, and this tries again.
/// </summary>
public sealed class ControlPlaneLink : IAsyncDisposable
{
    private readonly LiveProxy _proxy;
    private readonly ControlPlaneLinkOptions _options;
    private readonly GrpcChannel _channel;
    private readonly SnapshotView _view;
    private readonly SnapshotFile? _file;
    private readonly CancellationTokenSource _stop = new();
    private Task _work = Task.CompletedTask;
    private LinkSession? _session;
    private bool _isOfDisk;
    private volatile bool _isLeaving;

    /// <summary>A link that does nothing yet.</summary>
    /// <param name="proxy">The sidecar. It has been started.</param>
    /// <param name="options">Where the control plane is, and what is wanted of it.</param>
    /// <exception cref="IOException">The state directory cannot be used.</exception>
    public ControlPlaneLink(LiveProxy proxy, ControlPlaneLinkOptions options)
    {
        (_proxy, _options) = (proxy, options);
        _channel = options.Way.Open();
        _view = new SnapshotView(proxy.Node.Directory, proxy.Node.Endpoints);
        if (options.StateDirectory is { } folder) _file = new SnapshotFile(folder, options.Said);
    }

    /// <summary>Starts from the last snapshot on disk, where there is one, and connects from then on.</summary>
    public void Start()
    {
        _proxy.Agent.CountBy(new GlobalLimitClient(new Wire.ControlPlane.ControlPlaneClient(_channel), _proxy.Config.Service, _proxy.Node.Time));
        if (_file?.Load() is { } last) StartFrom(last);
        _work = RunAsync(_stop.Token);
    }

    /// <summary>Takes leave of the control plane and ends. The sidecar goes on with what it has.</summary>
    public async ValueTask DisposeAsync()
    {
        _isLeaving = true;
        if (Volatile.Read(ref _session) is { } session) await session.LeaveAsync().ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_file is not null) await _file.DisposeAsync().ConfigureAwait(false);
        _channel.Dispose();
    }

    private void StartFrom(Wire.Push last)
    {
        _view.Take(last, _proxy.Node.Time.GetTimestamp());
        string? problem = _view.Problems is [var first, ..] ? first : _proxy.Agent.StartFrom(_view.Snapshot());
        _isOfDisk = problem is null;
        _options.Said(problem is null ? $"starts from the last snapshot on disk, version {last.Version}, until the control plane answers" : $"the last snapshot on disk is ignored: {problem}");
    }

    private async Task RunAsync(CancellationToken stop)
    {
        while (!_isLeaving)
        {
            string why = "";
            try
            {
                await using var session = new LinkSession(_proxy, _options, new Wire.ControlPlane.ControlPlaneClient(_channel), _view, _file);
                Volatile.Write(ref _session, session);
                await session.RunAsync(Hello(), () => _isOfDisk = false, stop).ConfigureAwait(false);
            }
            catch (Exception) when (_isLeaving)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it was: a sidecar that has stopped trying is worse than one that says what it cannot do.
                why = LinkReason.Of(e, _options.Way);
            }
            Volatile.Write(ref _session, null);
            var before = _proxy.Agent.Status;
            var wait = _proxy.Agent.Disconnected(_proxy.Node.Time.GetTimestamp(), why, _proxy.Node.Random);
            if (before.Reason != why) _options.Said($"{why} It serves on with {(before.Version > 0 ? $"version {before.Version}" : "nothing")}, and tries again.");
            await Task.Delay(wait, _proxy.Node.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Wire.Hello Hello()
    {
        var config = _proxy.Config;
        var hello = new Wire.Hello
        {
            Name = config.Name.ToWire(),
            Service = config.Service.ToWire(),
            Zone = config.Zone.ToWire(),
            Version = config.Version.ToWire(),
            All = _options.Calls is null,
            InForce = _proxy.Agent.Status.Version,
            MustResend = _isOfDisk,
        };
        if (_options.Calls is { } calls) hello.Subscription.AddRange(calls.Select(name => name.ToWire()));
        if (_options.Advertised is { } address)
        {
            hello.Endpoint = EndpointWire.Write(new Endpoint
            {
                Id = -1, Name = config.Name, Service = config.Service, Version = config.Version, Zone = config.Zone, Identity = config.Identity, Address = address, Labels = [.. config.Caller.Labels],
            });
        }
        return hello;
    }
}
