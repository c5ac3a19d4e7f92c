using System.Xml.Linq;

namespace Mesh.Architecture.Tests;

public class PackageTests
{
    [Fact]
    public void Every_package_has_one_exact_version_in_the_central_list()
    {
        var central = House.Properties("Directory.Packages.props").Descendants("PackageVersion").ToList();
        Assert.All(central, package => Assert.Matches(@"^\d+(\.\d+)+(-[\w.]+)?$", package.Attribute("Version")!.Value));
        var names = central.Select(Name).ToList();
        Assert.Equal(names.Distinct(StringComparer.OrdinalIgnoreCase), names);
        var unlisted = References().Where(reference => !names.Contains(Name(reference.Package))).Select(Describe);
        Assert.Empty(unlisted);
    }

    [Fact]
    public void No_project_names_a_version_of_its_own()
    {
        var own = References().Where(reference => reference.Package.Attribute("Version") is not null || reference.Package.Attribute("VersionOverride") is not null);
        Assert.Empty(own.Select(Describe));
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = File.ReadAllText(Path.Combine(House.Root, "MeshLab.sln")).Replace('\\', '/');
        Assert.All(House.Projects().Select(House.Relative), project => Assert.Contains($"\"{project}\"", solution));
    }

    private static IEnumerable<(string File, XElement Package)> References() =>
        House.Projects().Append(Path.Combine(House.Root, "Directory.Build.props")).Append(Path.Combine(House.Root, "tests", "Directory.Build.props"))
            .SelectMany(path => XDocument.Load(path).Descendants("PackageReference").Select(package => (House.Relative(path), package)));

    private static string Name(XElement package) => package.Attribute("Include")!.Value;

    private static string Describe((string File, XElement Package) reference) => $"{reference.File}: {Name(reference.Package)}";
}
