using System.Globalization;

namespace Mesh.Simulator.Randomness;

/// <summary>Seconds as people write them.</summary>
internal static class HumanTime
{
    /// <summary>Four significant digits and the unit that suits: <c>8 ms</c>, <c>1.25 s</c>, <c>300 µs</c>.</summary>
    public static string Format(double seconds) => Math.Abs(seconds) switch
    {
        0 => "0 s",
        >= 1 => $"{Number(seconds)} s",
        >= 1e-3 => $"{Number(seconds * 1e3)} ms",
        >= 1e-6 => $"{Number(seconds * 1e6)} µs",
        _ => $"{Number(seconds * 1e9)} ns",
    };

    /// <summary>Four significant digits.</summary>
    public static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
