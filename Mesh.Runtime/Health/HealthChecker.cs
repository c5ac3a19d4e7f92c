using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Health;

/// <summary>
/// Runs the active health checks of one proxy for one service, each endpoint's at its own times: one timer an endpoint, for the next check and for the time-out of the one under way.
/// It calls its owner without holding a lock, and its owner calls it under the service's.
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

    /// <summary>Whether an endpoint is being checked.</summary>
    public bool Checks(int endpoint) => _sessions.ContainsKey(endpoint);

    /// <summary>Ends all checks.</summary>
    public void Dispose()
    {
        foreach (var session in _sessions.Values) session.Dispose();
        _sessions.Clear();
    }

    /// <summary>The checks of one endpoint. The next one is waited for only when all that follows from the last is done.</summary>
    private sealed class Session : IDisposable
    {
        private readonly HealthChecker _checker;
        private readonly Endpoint _endpoint;
        private readonly HealthCheck _check;
        private readonly DeadlineTimer _timer;
        private readonly Lock _lock = new();
        private CancellationTokenSource? _underWay;
        private int _number;
        private bool _disposed;

        public Session(HealthChecker checker, Endpoint endpoint, bool assumed, long now)
        {
            _checker = checker;
            _endpoint = endpoint;
            _check = new HealthCheck(checker._config, assumed, now, Draw(2));
            _timer = new DeadlineTimer(checker._time, static state => ((Session)state!).Due(), this);
            lock (_lock) _timer.Set(_check.NextDue, now);
        }

        /// <summary>The check under way is cancelled by the timer: whoever disposes holds the service's lock, under which nothing is cancelled.</summary>
        public void Dispose()
        {
            lock (_lock)
            {
                _disposed = true;
                if (_underWay is null) _timer.Dispose();
                else _timer.Set(_checker.Now, _checker.Now);
            }
        }

        /// <summary>The timer: the next check is due, or the one under way has had its time.</summary>
        private void Due()
        {
            CancellationTokenSource? late;
            var next = CancellationToken.None;
            lock (_lock)
            {
                if (!_timer.IsDue(_checker.Now)) return;
                late = _underWay;
                if (_disposed) _timer.Dispose();
                else if (late is null) next = Begin();
            }
            if (late is not null) late.Cancel();
            else if (next.CanBeCanceled) _ = CheckAsync(next);
        }

        private CancellationToken Begin()
        {
            _underWay = new CancellationTokenSource();
            Wait(_check.Begin(_checker.Now));
            return _underWay.Token;
        }

        private async Task CheckAsync(CancellationToken cancellation)
        {
            var result = await _checker._probe.ProbeAsync(_checker._proxy, _endpoint, _checker._config, _number, cancellation).ConfigureAwait(false);
            CheckOutcome outcome;
            lock (_lock)
            {
                _underWay = null;
                _timer.Stop();
                if (_disposed) return;
                bool changed = _check.Ended(result, _checker._service.HasTraffic, _checker.Now, Draw(0), Draw(1));
                outcome = new CheckOutcome(_check.IsUsable, _check.IsDegraded, changed, result is CheckResult.Passed or CheckResult.Degraded);
                _number++;
            }
            _checker._service.Checked(_checker, _endpoint.Id, outcome);
            lock (_lock)
            {
                if (!_disposed) Wait(_check.NextDue);
            }
        }

        private void Wait(long until) => _timer.Set(until, _checker.Now);

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
    void Checked(HealthChecker checker, int endpoint, CheckOutcome outcome);
}

/// <summary>What became of a check.</summary>
/// <param name="Usable">Whether requests may go to the endpoint.</param>
/// <param name="Degraded">Whether others are better.</param>
/// <param name="Changed">Whether that is new.</param>
/// <param name="Passed">Whether the check passed.</param>
internal readonly record struct CheckOutcome(bool Usable, bool Degraded, bool Changed, bool Passed);
