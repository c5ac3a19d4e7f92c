using Mesh.Runtime.Model;

namespace Mesh.Runtime.Health;

/// <summary>The statistics of one tick: which endpoints' success rates of the last whole interval stand out.</summary>
internal sealed class OutlierRates(OutlierDetectionConfig config)
{
    private double[] _rates = [];     // of each host in percent; NaN where it does not count
    private double[] _counted = [];   // the rates that are compared, without gaps
    private int[] _volumes = [];
    private int _compared;
    private int _judged;
    private double _threshold;

    /// <summary>Takes the rates of the last whole interval.</summary>
    /// <param name="hosts">The endpoints that are known.</param>
    /// <param name="members">How many endpoints the service has.</param>
    /// <param name="localOrigin">Whether this side's failures are judged, or the endpoints' answers.</param>
    /// <returns>False when too few endpoints have enough requests.</returns>
    public bool Collect(List<OutlierHost> hosts, int members, bool localOrigin)
    {
        _compared = _judged = 0;
        if (members < config.SuccessRateMinimumHosts && members < config.FailurePercentageMinimumHosts) return false;
        if (_rates.Length < hosts.Count) (_rates, _counted, _volumes) = (new double[hosts.Count], new double[hosts.Count], new int[hosts.Count]);
        for (int i = 0; i < hosts.Count; i++)
        {
            var host = hosts[i];
            ref readonly var counts = ref localOrigin ? ref host.LocalOrigin : ref host.External;
            _volumes[i] = host.Ejected ? 0 : counts.LastTotal;
            if (_volumes[i] == 0) continue;
            _rates[i] = counts.LastRate;
            if (_volumes[i] >= config.SuccessRateRequestVolume) _counted[_compared++] = _rates[i];
            if (_volumes[i] >= config.FailurePercentageRequestVolume) _judged++;
        }
        if (Compares) _threshold = EjectionThreshold(_counted.AsSpan(0, _compared), config.SuccessRateStdevFactor / 1000.0);
        return Compares || Judges;
    }

    /// <summary>Whether the success rate of host <paramref name="index"/> is below the threshold.</summary>
    public bool IsOutlier(int index) =>
        Compares && _volumes[index] > 0 && _volumes[index] >= config.SuccessRateRequestVolume && _rates[index] < _threshold;

    /// <summary>Whether host <paramref name="index"/> fails too large a share of its requests.</summary>
    public bool FailsTooOften(int index) =>
        Judges && _volumes[index] > 0 && _volumes[index] >= config.FailurePercentageRequestVolume
        && (100 - _rates[index]) / 100 >= config.FailurePercentageThreshold;

    private bool Compares => _compared > 0 && _compared >= config.SuccessRateMinimumHosts;

    private bool Judges => _judged > 0 && _judged >= config.FailurePercentageMinimumHosts;

    /// <summary>The mean less a number of standard deviations (of the population). {50, 100, 100, 100, 100} and 1.9 give 90 - 1.9 × 20 = 52.</summary>
    internal static double EjectionThreshold(ReadOnlySpan<double> rates, double factor)
    {
        double sum = 0, variance = 0;
        foreach (double rate in rates) sum += rate;
        double mean = sum / rates.Length;
        foreach (double rate in rates) variance += (rate - mean) * (rate - mean);
        return mean - factor * Math.Sqrt(variance / rates.Length);
    }
}
