using Mesh.Reports.Rendering;

namespace Mesh.Reports.Tests.Rendering;

public sealed class UnitsTests
{
    [Theory]
    [InlineData(0, "0 ms")]
    [InlineData(0.00000042, "0.42 µs")]
    [InlineData(0.00042, "420 µs")]
    [InlineData(0.0009996, "1 ms")]
    [InlineData(0.0381, "38.1 ms")]
    [InlineData(0.9996, "1 s")]
    [InlineData(1.2345, "1.23 s")]
    [InlineData(90, "90 s")]
    [InlineData(12345, "12,345 s")]
    [InlineData(double.NaN, "–")]
    public void Durations(double seconds, string text) => Assert.Equal(text, Units.Duration(seconds));

    [Theory]
    [InlineData(1, "100%")]
    [InlineData(0.99999, ">99.99%")]
    [InlineData(0.9995, "99.95%")]
    [InlineData(0.00001, "<0.01%")]
    [InlineData(0, "0%")]
    [InlineData(double.NaN, "–")]
    public void Shares(double share, string text) => Assert.Equal(text, Units.Percent(share));

    [Theory]
    [InlineData(1.3, "1.3")]
    [InlineData(1.004, "1")]
    [InlineData(12.34, "12.3")]
    [InlineData(99.97, "100")]
    [InlineData(12345.6, "12,346")]
    [InlineData(0.0123, "0.012")]
    public void Numbers(double value, string text) => Assert.Equal(text, Units.Number(value));
}
