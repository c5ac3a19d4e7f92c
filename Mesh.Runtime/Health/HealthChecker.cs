using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Health;

/// <summary>
/// Runs the active health checks of one proxy for one service, each endpoint's at its own times: one timer an endpoint, for the next check and for the time-out of the one under way.
/// It calls its owner without holding a lock.
/// </summary>
internal sealed class HealthChecker : IDisposable
{
    private readonly HealthCheckConfig _config;
    private readonly IHealthProbe _probe;
    private readonly TimeProvider _time;
    private readonly KeyedRandom _random;
    private readonly int _proxy;
    private readonly ICheckedService _service;
    private readonly Dictionary<int, Session> _sessions = [];

    /// <summary>A checker without endpoints.</summary>
    public HealthChecker(HealthCheckConfig config, IHealthProbe probe, TimeProvider time, KeyedRandom random, int proxy, ICheckedService service)
    {
        _config = config;
        _probe = probe;
        _time = time;
        _random = random;
        _proxy = proxy;
        _service = service;
    }

    /// <summary>The service's endpoints changed: new ones are checked from now on.</summary>
    /// <param name="members">The endpoints.</param>
    /// <param name="assumed">Whether the new ones may have requests before their first check.</param>
    /// <param name="now">The time in ticks.</param>
    public void Update(Endpoint[] members, bool assumed, long now)
    {
        var gone = _sessions.Keys.ToHashSet();
        foreach (var endpoint in members)
        {
            if (gone.Remove(endpoint.Id)) continue;
            if (!assumed) _service.AwaitsCheck(endpoint.Id);
            _sessions.Add(endpoint.Id, new Session(this, endpoint, assumed, now));
        }
        foreach (int endpoint in gone.Order())
        {
            _sessions.Remove(endpoint, out var session);
            session!.Dispose();
        }
    }

    /// <summary>Ends all checks.</summary>
    public void Dispose()
    {
        foreach (var session in _sessions.Values) session.Dispose();
        _sessions.Clear();
    }

    /// <summary>The checks of one endpoint.</summary>
    private sealed class Session : IDisposable
    {
        private readonly HealthChecker _checker;
        private readonly Endpoint _endpoint;
        private readonly HealthCheck _check;
        private readonly ITimer _timer;
        private readonly Lock _lock = new();
        private CancellationTokenSource? _underWay;
        private int _number;
        private bool _disposed;

        public Session(HealthChecker checker, Endpoint endpoint, bool assumed, long now)
        {
            _checker = checker;
            _endpoint = endpoint;
            _check = new HealthCheck(checker._config, assumed, now, Draw(2));
            _timer = checker._time.CreateTimer(static state => ((Session)state!).Due(), this, TimeSpan.FromTicks(_check.NextDue - now), Timeout.InfiniteTimeSpan);
        }

        public void Dispose()
        {
            lock (_lock)
            {
                _disposed = true;
                _timer.Dispose();
            }
            _underWay?.Cancel();
        }

        /// <summary>The timer: the next check is due, or the one under way has had its time.</summary>
        private void Due()
        {
            if (_underWay is { } late) late.Cancel();
            else _ = CheckAsync();
        }

        private async Task CheckAsync()
        {
            var cancellation = new CancellationTokenSource();
            lock (_lock)
            {
                if (_disposed) return;
                _underWay = cancellation;
                Wait(_check.Begin(_checker.Now));
            }
            var result = await _checker._probe.ProbeAsync(_checker._proxy, _endpoint, _checker._config, _number, cancellation.Token).ConfigureAwait(false);
            bool changed;
            lock (_lock)
            {
                _underWay = null;
                if (_disposed) return;
                changed = _check.Ended(result, _checker._service.HasTraffic, _checker.Now, Draw(0), Draw(1));
                _number++;
                Wait(_check.NextDue);
            }
            _checker._service.Checked(_endpoint.Id, new CheckOutcome(_check.IsUsable, changed, result == CheckResult.Passed));
        }

        private void Wait(long until) => _timer.Change(TimeSpan.FromTicks(Math.Max(0, until - _checker.Now)), Timeout.InfiniteTimeSpan);

        private ulong Draw(int index) =>
            _checker._random.Bits(Concern.HealthCheck, (ulong)(uint)_checker._proxy << 32 | (uint)_endpoint.Id, _number, index);
    }

    private long Now => _time.TimestampFrequency == TimeSpan.TicksPerSecond ? _time.GetTimestamp() : _time.GetElapsedTime(0, _time.GetTimestamp()).Ticks;
}

/// <summary>Whom a health checker works for.</summary>
internal interface ICheckedService
{
    /// <summary>Whether the proxy has ever sent the service a request.</summary>
    bool HasTraffic { get; }

    /// <summary>A new endpoint waits for its first check.</summary>
    void AwaitsCheck(int endpoint);

    /// <summary>A check of an endpoint ended.</summary>
    void Checked(int endpoint, CheckOutcome outcome);
}

/// <summary>What became of a check.</summary>
/// <param name="Usable">Whether requests may go to the endpoint.</param>
/// <param name="Changed">Whether that is new.</param>
/// <param name="Passed">Whether the check passed.</param>
internal readonly record struct CheckOutcome(bool Usable, bool Changed, bool Passed);
