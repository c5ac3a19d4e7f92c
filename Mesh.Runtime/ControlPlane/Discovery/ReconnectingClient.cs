using System.IO.Hashing;
using System.Text;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.ControlPlane.Discovery;

/// <summary>One session with a source after the other, with a wait after each that failed, and the status that follows from it.</summary>
public abstract class ReconnectingClient : IAsyncDisposable
{
    private readonly ReconnectOptions _reconnect;
    private readonly KeyedRandom _random;
    private readonly CancellationTokenSource _stop = new();
    private readonly ulong _key;
    private Task? _running;
    private int _waits;

    private protected ReconnectingClient(string source, ReconnectOptions reconnect, TimeProvider time, KeyedRandom random)
    {
        Source = source;
        _reconnect = reconnect;
        Time = time;
        _random = random;
        _key = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(source));
        Status = new ProviderStatus(source, ProviderState.Connecting, Now);
    }

    /// <summary>Its name, unique in the control plane.</summary>
    public string Source { get; }

    /// <summary>How it stands with its source.</summary>
    public ProviderStatus Status { get; private set; }

    private protected TimeProvider Time { get; }

    private protected long Now => Time.TimestampFrequency == TimeSpan.TicksPerSecond ? Time.GetTimestamp() : Time.GetElapsedTime(0, Time.GetTimestamp()).Ticks;

    /// <summary>Begins. Once only.</summary>
    public void Start()
    {
        if (_running is not null) throw new InvalidOperationException($"{Source} has been started already.");
        StatusChanged();
        _running = RunAsync(_stop.Token);
    }

    /// <summary>Ends the session; when it is done nothing is reported any more. A second time does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_running is not null) await _running.ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <summary>One session: connects, does what there is to do, calls <see cref="Synced"/>, goes on, and throws when the source breaks off.</summary>
    private protected abstract Task WatchAsync(CancellationToken cancellation);

    /// <summary><see cref="Status"/> is new.</summary>
    private protected abstract void StatusChanged();

    /// <summary>What an exception means, for people and without secrets.</summary>
    private protected virtual string Reason(Exception error) => error.Message;

    /// <summary>The session has done what it is for.</summary>
    private protected void Synced()
    {
        if (Status.State != ProviderState.Synced) Become(new ProviderStatus(Source, ProviderState.Synced, Now));
    }

    /// <summary>What is known may not be all any more.</summary>
    private protected void Failed(string reason)
    {
        int failures = Status.Failures + 1;
        Become(Status.State switch
        {
            ProviderState.Synced => new ProviderStatus(Source, ProviderState.Stale, Now, reason, failures),
            ProviderState.Stale => Status with { Reason = reason, Failures = failures },
            ProviderState.Connecting => new ProviderStatus(Source, ProviderState.Failed, Now, reason, failures),
            _ => Status with { Reason = reason, Failures = failures },
        });
    }

    /// <summary>Waits before trying again.</summary>
    /// <param name="failures">Failures in a row, from 1.</param>
    /// <param name="cancellation">Ends the wait.</param>
    private protected Task BackOffAsync(int failures, CancellationToken cancellation) => WaitAsync(BackOff(failures), cancellation);

    /// <summary>The wait before trying again.</summary>
    private protected TimeSpan BackOff(int failures) => _reconnect.Wait(failures, Draw());

    private protected Task WaitAsync(TimeSpan wait, CancellationToken cancellation) => Task.Delay(wait, Time, cancellation);

    /// <summary>The next 64 uniform bits of this provider.</summary>
    private protected ulong Draw() => _random.Bits(Concern.Discovery, _key, index: Interlocked.Increment(ref _waits));

    private async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await WatchAsync(cancellation).ConfigureAwait(false);
            }
            catch (Exception) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // Whatever it was: a provider that has stopped trying is worse than one that says what it cannot do.
                Failed(Reason(error));
            }
            await BackOffAsync(Math.Max(1, Status.Failures), cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Become(ProviderStatus status)
    {
        Status = status;
        StatusChanged();
    }
}
