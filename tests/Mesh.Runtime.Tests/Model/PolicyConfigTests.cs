using System.Reflection;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.Model;

public class PolicyConfigTests
{
    private static readonly PropertyInfo[] Members = typeof(PolicyConfig).GetProperties();

    public static TheoryData<string> Names => [.. Members.Select(member => member.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Layer_replaces_what_it_says_and_leaves_the_rest(string name)
    {
        var said = typeof(PolicyConfig).GetProperty(name)!;
        var lower = Full();
        var upper = new PolicyConfig();
        said.SetValue(upper, Sample(said.PropertyType));

        var effective = upper.Over(lower);

        Assert.Equal(said.GetValue(upper), said.GetValue(effective));
        Assert.All(Members.Where(member => member.Name != name), member => Assert.Equal(member.GetValue(lower), member.GetValue(effective)));
    }

    [Fact]
    public void Layer_that_says_nothing_changes_nothing()
    {
        var lower = Full();
        Assert.Equal(lower, new PolicyConfig().Over(lower));
        Assert.All(Members, member => Assert.NotNull(member.GetValue(lower)));
    }

    [Fact]
    public void Service_without_a_policy_of_its_own_has_the_defaults()
    {
        var lower = Full();
        var mesh = new MeshConfig
        {
            Defaults = lower,
            Services = new Dictionary<string, PolicyConfig> { ["cart"] = new() { Timeout = TimeSpan.FromSeconds(9) } },
        };
        Assert.Equal(lower, mesh.PolicyFor("stock"));
        Assert.Equal(lower with { Timeout = TimeSpan.FromSeconds(9) }, mesh.PolicyFor("cart"));
    }

    [Fact]
    public void Profile_is_the_layer_below_the_defaults()
    {
        var mesh = new MeshConfig { Profile = MeshProfile.Envoy, Defaults = new() { Timeout = TimeSpan.FromSeconds(3) } };
        var profile = MeshProfiles.PolicyOf(MeshProfile.Envoy);
        Assert.Equal(profile with { Timeout = TimeSpan.FromSeconds(3) }, mesh.PolicyFor("stock"));
    }

    private static PolicyConfig Full()
    {
        var full = new PolicyConfig();
        foreach (var member in Members) member.SetValue(full, Sample(member.PropertyType));
        return full;
    }

    private static object Sample(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(TimeSpan)) return TimeSpan.FromSeconds(7);
        if (type == typeof(double)) return 0.7;
        if (type == typeof(bool)) return true;
        if (!type.IsInterface) return Activator.CreateInstance(type)!;
        var items = type.GetGenericArguments();
        return items.Length == 1 ? Array.CreateInstance(items[0], 1) : Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(items))!;
    }
}
