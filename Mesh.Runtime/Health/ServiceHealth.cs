using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Health;

/// <summary>
/// The health decisions of one proxy for one service, as far as its policy has any: outlier detection, failure accrual and active checks.
/// Called under the service's lock, except for the results of checks, which take it.
/// </summary>
internal sealed class ServiceHealth : IHealthListener, ICheckedService
{
    private readonly DataPlane _plane;
    private readonly int _proxy;
    private readonly EndpointStates _states;
    private readonly Lock _lock;
    private PolicyConfig _config = new();
    private ServiceModel _model;
    private OutlierDetector? _outliers;
    private FailureAccrual? _accrual;
    private HealthChecker? _checker;
    private bool _known;

    /// <summary>The health of a service that the proxy has just met.</summary>
    /// <param name="plane">The ports.</param>
    /// <param name="proxy">The proxy's id.</param>
    /// <param name="states">What the proxy knows about the endpoints.</param>
    /// <param name="model">The service.</param>
    /// <param name="serviceLock">The lock that the service's decisions run under.</param>
    public ServiceHealth(DataPlane plane, int proxy, EndpointStates states, ServiceModel model, Lock serviceLock)
    {
        _plane = plane;
        _proxy = proxy;
        _states = states;
        _model = model;
        _lock = serviceLock;
        Apply(model);
        _known = true;
    }

    /// <summary>Whether a policy asks for health decisions at all.</summary>
    public static bool IsWanted(PolicyConfig config) => config is not { OutlierDetection: null, FailureAccrual: null, HealthCheck: null };

    /// <inheritdoc/>
    public bool HasTraffic { get; private set; }

    /// <summary>Outlier detection, for tests.</summary>
    internal OutlierDetector? Outliers => _outliers;

    /// <summary>Takes over a newer snapshot's endpoints and policy. A rule that changed begins anew.</summary>
    public void Apply(ServiceModel model)
    {
        long now = _plane.Now;
        var (old, config) = (_config, model.Policy.Config);
        if (config.OutlierDetection != old.OutlierDetection)
        {
            _outliers?.Update([], now);
            _outliers = config.OutlierDetection is { } outlier ? new OutlierDetector(outlier, _states, this, _plane.Random, _proxy, now) : null;
        }
        if (config.FailureAccrual != old.FailureAccrual)
        {
            _accrual?.Update([], now);
            foreach (var endpoint in _model.Endpoints)
            {
                if (_states.FindHealth(endpoint.Id) is { } health) health.Accrual = null;
            }
            _accrual = config.FailureAccrual is { } accrual ? new FailureAccrual(accrual, _states, this, _plane.Random, _proxy) : null;
        }
        bool recheck = config.HealthCheck != old.HealthCheck;
        if (recheck)
        {
            StopChecks();
            _checker = config.HealthCheck is { } check && _plane.HealthProbe is { } probe
                ? new HealthChecker(check, probe, _plane.Time, _plane.Random, _proxy, this) : null;
        }
        (_config, _model) = (config, model);
        _outliers?.Update(model.Endpoints, now);
        _accrual?.Update(model.Endpoints, now);
        _checker?.Update(model.Endpoints, assumed: recheck || !_known, now);
    }

    /// <summary>Brings what depends on time up to date, before a pick.</summary>
    public void Advance(long now)
    {
        _outliers?.Advance(now);
        _accrual?.Advance(now);
    }

    /// <summary>An endpoint was picked for an attempt.</summary>
    public void Picked(int endpoint, long now)
    {
        HasTraffic = true;
        _accrual?.Picked(endpoint, now);
    }

    /// <summary>An attempt is over.</summary>
    /// <param name="endpoint">Its endpoint.</param>
    /// <param name="sample">How it went.</param>
    /// <param name="sent">Whether it had a connection; without one it says nothing about the endpoint.</param>
    public void Ended(int endpoint, in AttemptSample sample, bool sent)
    {
        if (sent) _outliers?.Ended(endpoint, sample);
        _accrual?.Ended(endpoint, sent ? sample : sample with { Status = 0, Flags = ResponseFlags.DC });
    }

    /// <summary>The service is gone: its checks end.</summary>
    public void Close()
    {
        _checker?.Dispose();
        _checker = null;
    }

    void IHealthListener.Ejected(int endpoint, EjectionReason reason, long atLeast) =>
        Report(MeshEventKind.EndpointEjected, endpoint, (int)reason, atLeast);

    void IHealthListener.Readmitted(int endpoint, long away) => Report(MeshEventKind.EndpointReadmitted, endpoint, 0, away);

    void ICheckedService.AwaitsCheck(int endpoint) => SetUnhealthy(endpoint, true);

    void ICheckedService.Checked(HealthChecker checker, int endpoint, CheckOutcome outcome)
    {
        lock (_lock)
        {
            if (checker != _checker || !checker.Checks(endpoint)) return;   // it left, or the checks ended, while this one was under way
            if (outcome.Changed)
            {
                var health = _states.Health(endpoint);
                if (outcome.Usable && health.Unhealthy) health.HealthySince = _plane.Now;
                health.Degraded = outcome.Degraded;
                SetUnhealthy(endpoint, !outcome.Usable);
                Report(MeshEventKind.HealthChanged, endpoint, !outcome.Usable ? 0 : outcome.Degraded ? 2 : 1, 0);
            }
            if (outcome is { Passed: true, Usable: true }) _outliers?.CheckPassed(endpoint, _plane.Now);
        }
    }

    private void StopChecks()
    {
        if (_checker is null) return;
        _checker.Dispose();
        foreach (var endpoint in _model.Endpoints)
        {
            if (_states.FindHealth(endpoint.Id) is not { } health || health is { Unhealthy: false, Degraded: false }) continue;
            health.Degraded = false;
            SetUnhealthy(endpoint.Id, false);
        }
    }

    private void SetUnhealthy(int endpoint, bool unhealthy)
    {
        _states.Health(endpoint).Unhealthy = unhealthy;
        _states.HealthChanged();
    }

    private void Report(MeshEventKind kind, int endpoint, int outcome, long duration) => _plane.Events.On(new MeshEvent
    {
        At = _plane.Now, Kind = kind, Proxy = _proxy, Service = _model.Id, Class = -1, Attempt = -1, Endpoint = endpoint, Outcome = outcome, Duration = duration,
    });
}
