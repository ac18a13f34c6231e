package nobody // what lies in testdata is nobody's package
