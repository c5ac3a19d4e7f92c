using Grpc.Core;
using Mesh.Runtime.ControlPlane.Transport.Messages;
using Mesh.Runtime.Sidecar;

namespace Mesh.Runtime.ControlPlane.Transport;

/// <summary>One stream of a sidecar to the control plane, from its hello to its end.</summary>
internal sealed class LinkSession : IAsyncDisposable
{
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(1);

    private readonly LiveProxy _proxy;
    private readonly ControlPlaneLinkOptions _options;
    private readonly SnapshotView _view;
    private readonly SnapshotFile? _file;
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _writing = new(1);   // a stream takes one message at a time
    private readonly AsyncDuplexStreamingCall<Wire.FromProxy, Wire.ToProxy> _call;
    private readonly TimeProvider _time;
    private ITimer? _beats;
    private TimeSpan _deadAfter = TransportLimits.HelloTimeout;
    private long _heard;

    public LinkSession(LiveProxy proxy, ControlPlaneLinkOptions options, Wire.ControlPlane.ControlPlaneClient client, SnapshotView view, SnapshotFile? file)
    {
        (_proxy, _options, _view, _file, _time) = (proxy, options, view, file, proxy.Node.Time);
        _heard = _time.GetTimestamp();
        _call = client.Connect(cancellationToken: _end.Token);
    }

    /// <summary>Says hello, and does what comes, until the stream ends.</summary>
    /// <param name="hello">The hello.</param>
    /// <param name="taken">Told when a snapshot has come by this stream and is in force.</param>
    /// <param name="stop">Ends it.</param>
    public async Task RunAsync(Wire.Hello hello, Action taken, CancellationToken stop)
    {
        await using var stopping = stop.UnsafeRegister(static session => ((LinkSession)session!)._end.Cancel(), this);
        _beats = _time.CreateTimer(static session => ((LinkSession)session!).Beat(), this, TransportLimits.MeasureInterval, TransportLimits.MeasureInterval);
        await _call.RequestStream.WriteAsync(new Wire.FromProxy { Hello = hello }, _end.Token).ConfigureAwait(false);
        while (await _call.ResponseStream.MoveNext(_end.Token).ConfigureAwait(false))
        {
            _heard = _time.GetTimestamp();
            _proxy.Agent.Heard(_heard);
            await TakeAsync(_call.ResponseStream.Current, taken).ConfigureAwait(false);
        }
        throw new IOException("it ended the connection.");
    }

    /// <summary>Says goodbye, so that others stop sending at once.</summary>
    public async Task LeaveAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(LeaveTimeout, _time);
            await SendAsync(new Wire.FromProxy { Goodbye = new Wire.Goodbye() }, limit.Token).ConfigureAwait(false);
            await _call.RequestStream.CompleteAsync().WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or OperationCanceledException or ObjectDisposedException)
        {
            // The stream is over already: its end says as much.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_beats is not null) await _beats.DisposeAsync().ConfigureAwait(false);
        await _end.CancelAsync().ConfigureAwait(false);
        _call.Dispose();
    }

    private async Task TakeAsync(Wire.ToProxy message, Action taken)
    {
        switch (message.MessageCase)
        {
            case Wire.ToProxy.MessageOneofCase.Welcome:
                _deadAfter = TransportLimits.DeadAfterBeats * TimeSpan.FromMilliseconds(Math.Clamp(message.Welcome.Beat, 100, 60_000));
                _proxy.Agent.Connected(_heard);
                _options.Said($"connected to the control plane at {_options.Way.Address}");
                break;
            case Wire.ToProxy.MessageOneofCase.Push when _view.Take(message.Push, _heard):
                await AnswerAsync(taken).ConfigureAwait(false);
                break;
            case Wire.ToProxy.MessageOneofCase.Faults:
                _proxy.Agent.KeepFaults([.. message.Faults.Ids.Select(id => id.ToText())]);
                break;
            case Wire.ToProxy.MessageOneofCase.Trust when _options.Way is { IsSecure: true, Identity: { } identity }:
                identity.Replace(TrustWire.Read(message.Trust));
                break;
        }
    }

    /// <summary>A push has come to its end.</summary>
    private async Task AnswerAsync(Action taken)
    {
        var problems = _view.Problems;
        var answer = problems.Count == 0 ? _proxy.Agent.Receive(_view.Snapshot()) : _proxy.Agent.Refuse(_view.Version, problems);
        var message = new Wire.Answer { Version = answer.Version, InForce = answer.InForce };
        if (answer.Rejected is { } why)
        {
            message.Rejected = why.ToWire();
            _options.Said($"rejects version {answer.Version}: {why}. It stays with version {answer.InForce}.");
        }
        else
        {
            taken();
            _file?.Save(_view.ToPush());
        }
        await SendAsync(new Wire.FromProxy { Answer = message }, _end.Token).ConfigureAwait(false);
    }

    /// <summary>Tells what faults did, or only that the sidecar lives; and looks whether the control plane does.</summary>
    private void Beat()
    {
        if (_time.GetElapsedTime(_heard) > _deadAfter) _end.Cancel();
        else _ = BeatAsync();
    }

    private async Task BeatAsync()
    {
        try
        {
            if (_proxy.Agent.Status.State != AgentConnection.Connected || !_writing.Wait(0)) return;   // whoever writes now is a sign of life too
            try
            {
                var message = new Wire.FromProxy();
                if (_proxy.Agent.TakeMeasures() is { Count: > 0 } measured) message.Measures = Written(measured);
                else message.Alive = new Wire.SignOfLife();
                await _call.RequestStream.WriteAsync(message, _end.Token).ConfigureAwait(false);
            }
            finally
            {
                _writing.Release();
            }
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or OperationCanceledException or ObjectDisposedException)
        {
            // The reading side hears of it too, and ends the session.
        }
    }

    private async Task SendAsync(Wire.FromProxy message, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await _call.RequestStream.WriteAsync(message, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }

    private static Wire.Measures Written(IReadOnlyList<FaultMeasured> measured)
    {
        var message = new Wire.Measures();
        foreach (var (id, count) in measured)
        {
            message.Faults.Add(new Wire.Measure
            {
                Id = id.ToWire(),
                Eligible = count.Eligible,
                Requested = count.Requested,
                Injected = count.Injected,
                Delayed = count.Delayed,
                DelayTicks = count.DelayTicks,
                Aborted = count.Aborted,
                Overflowed = count.Overflowed,
            });
        }
        return message;
    }
}
