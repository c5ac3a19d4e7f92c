using System.Threading.Channels;
using Grpc.Core;
using Mesh.Runtime.ControlPlane.Distribution;
using Mesh.Runtime.ControlPlane.Transport.Messages;
using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;
using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.ControlPlane.Transport;

/// <summary>One proxy's stream, at the control plane. At most one snapshot waits to be written: the next one comes when the proxy has answered.</summary>
internal sealed class ProxyStream : IProxyConnection, IDisposable
{
    private readonly ControlPlaneTransportOptions _options;
    private readonly IServerStreamWriter<Wire.ToProxy> _writer;
    private readonly SnapshotEncoder _encoder;
    private readonly CancellationTokenSource _end;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ITimer _beats;
    private ProxyNode? _node;
    private MeshSnapshot? _next;
    private IReadOnlyList<string>? _kept;   // faults, of which the proxy has not been told
    private TrustBundle? _trust;
    private long _underWay = -1;
    private long _heard;
    private int _messages;

    public ProxyStream(ControlPlaneTransportOptions options, EncodedModels models, IServerStreamWriter<Wire.ToProxy> writer, CancellationToken end)
    {
        (_options, _writer, _encoder) = (options, writer, new SnapshotEncoder(models));
        _end = CancellationTokenSource.CreateLinkedTokenSource(end);
        _heard = options.Time.GetTimestamp();
        _beats = options.Time.CreateTimer(static stream => ((ProxyStream)stream!).Beat(), this, options.Beat, options.Beat);
    }

    /// <summary>Whether the proxy ended in good order.</summary>
    public bool SaidGoodbye { get; private set; }

    public void Send(MeshSnapshot snapshot)
    {
        Volatile.Write(ref _underWay, snapshot.Version);
        Volatile.Write(ref _next, snapshot);
        _wake.Writer.TryWrite(true);
    }

    public void Keep(IReadOnlyList<string> faults)
    {
        Volatile.Write(ref _kept, faults);
        _wake.Writer.TryWrite(true);
    }

    public void Close() => _end.Cancel();

    /// <summary>Reads and writes until either side ends.</summary>
    public async Task RunAsync(ProxyNode node, IAsyncStreamReader<Wire.FromProxy> reader)
    {
        _node = node;
        Task[] both = [WriteAsync(), ReadAsync(reader)];
        var first = await Task.WhenAny(both).ConfigureAwait(false);
        await _end.CancelAsync().ConfigureAwait(false);
        foreach (var one in both) await one.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (first.Exception?.InnerException is RpcException refused) throw refused;
    }

    public void Dispose()
    {
        _beats.Dispose();
        // The source stays undisposed: an actor may still close the connection.
        _end.Cancel();
    }

    private async Task WriteAsync()
    {
        await _writer.WriteAsync(new Wire.ToProxy { Welcome = new Wire.Welcome { Beat = (int)_options.Beat.TotalMilliseconds } }, _end.Token).ConfigureAwait(false);
        while (true)
        {
            bool spoke = await WriteTrustAsync().ConfigureAwait(false);
            var next = Interlocked.Exchange(ref _next, null);   // before the faults: what was said of them before this snapshot goes before it
            if (Interlocked.Exchange(ref _kept, null) is { } kept)
            {
                await _writer.WriteAsync(new Wire.ToProxy { Faults = new Wire.FaultsInForce { Ids = { kept.Select(id => id.ToWire()) } } }, _end.Token).ConfigureAwait(false);
                spoke = true;
            }
            if (next is { } snapshot)
            {
                foreach (var part in _encoder.Encode(snapshot, _options.Time.GetElapsedTime(0).Ticks))
                    await _writer.WriteAsync(Checked(new Wire.ToProxy { Push = part }), _end.Token).ConfigureAwait(false);
                spoke = true;
            }
            if (!spoke) await _writer.WriteAsync(new Wire.ToProxy { Alive = new Wire.SignOfLife() }, _end.Token).ConfigureAwait(false);
            await _wake.Reader.ReadAsync(_end.Token).ConfigureAwait(false);
        }
    }

    /// <summary>Roots that the proxy has not been told of.</summary>
    private async Task<bool> WriteTrustAsync()
    {
        if (_options.Trust() is not { } trust || trust.Equals(_trust)) return false;
        _trust = trust;
        await _writer.WriteAsync(new Wire.ToProxy { Trust = TrustWire.Write(trust) }, _end.Token).ConfigureAwait(false);
        return true;
    }

    private static Wire.ToProxy Checked(Wire.ToProxy message) => message.CalculateSize() <= TransportLimits.ToProxyBytes ? message
        : throw new RpcException(new Status(StatusCode.ResourceExhausted, $"the service '{message.Push.Services[^1].Name.ToText()}' is larger than {TransportLimits.ToProxyBytes >> 20} MiB on the wire; split it."));

    private async Task ReadAsync(IAsyncStreamReader<Wire.FromProxy> reader)
    {
        while (await reader.MoveNext(_end.Token).ConfigureAwait(false))
        {
            Volatile.Write(ref _heard, _options.Time.GetTimestamp());
            if (reader.Current.MessageCase != Wire.FromProxy.MessageOneofCase.Answer && Interlocked.Increment(ref _messages) > TransportLimits.MessagesPerBeat)
                throw new RpcException(new Status(StatusCode.ResourceExhausted, "the proxy sends more messages than it has reason to."));
            if (Take(reader.Current)) return;
        }
    }

    /// <summary>Takes a message over.</summary>
    /// <returns>Whether it was the last.</returns>
    private bool Take(Wire.FromProxy message)
    {
        switch (message.MessageCase)
        {
            case Wire.FromProxy.MessageOneofCase.Answer when Interlocked.CompareExchange(ref _underWay, -1, message.Answer.Version) == message.Answer.Version:
                string? rejected = message.Answer.HasRejected ? message.Answer.Rejected.ToText() : null;
                _options.ControlPlane.Tell(new SnapshotAnswered(_node!.Id, this, new SnapshotAnswer(message.Answer.Version, message.Answer.InForce, rejected)), Akka.Actor.ActorRefs.NoSender);
                return false;
            case Wire.FromProxy.MessageOneofCase.Measures:
                _options.ControlPlane.Tell(new FaultsMeasured(_node!.Name, [.. message.Measures.Faults.Take(FaultLeases.MaxFaults).Select(Measured)]), Akka.Actor.ActorRefs.NoSender);
                return false;
            case Wire.FromProxy.MessageOneofCase.Goodbye:
                return SaidGoodbye = true;
            default:
                return false;
        }
    }

    /// <summary>A time between signs of life is over.</summary>
    private void Beat()
    {
        Volatile.Write(ref _messages, 0);
        if (_options.Time.GetElapsedTime(Volatile.Read(ref _heard)) > TransportLimits.DeadAfterBeats * _options.Beat) _end.Cancel();
        else _wake.Writer.TryWrite(true);
    }

    private static FaultMeasured Measured(Wire.Measure measure) => new(measure.Id.ToText(), new FaultCount
    {
        Eligible = measure.Eligible,
        Requested = measure.Requested,
        Injected = measure.Injected,
        Delayed = measure.Delayed,
        DelayTicks = measure.DelayTicks,
        Aborted = measure.Aborted,
        Overflowed = measure.Overflowed,
    });
}
